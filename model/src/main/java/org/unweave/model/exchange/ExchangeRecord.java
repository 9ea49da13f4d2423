package org.unweave.model.exchange;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.unweave.model.math.State;

/**
 * What a job has heard of others, and before which of its updates: with it and the batches, its bits can be made again.
 *
 * <p>It is a part of the job's state; as bytes it has one JSON object a line.
 */
public final class ExchangeRecord implements State.Holder {
    private static final String NAME = "exchange.heard";
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .build();

    /**
     * Something that was heard.
     *
     * @param step updates of the job before it was
     */
    public record Heard(long step, Told told) {}

    private final List<Heard> all = new ArrayList<>();

    public void add(Heard heard) {
        all.add(heard);
    }

    /** In the order in which it was heard. */
    public List<Heard> all() {
        return List.copyOf(all);
    }

    /** One line. */
    public static String line(Heard heard) {
        try {
            ObjectNode json = JSON.createObjectNode();
            json.put("step", heard.step());
            switch (heard.told()) {
                case EmaStatistics statistics -> json.set("statistics", JSON.valueToTree(statistics));
                case AttributionSnapshot snapshot -> json.set("attribution", JSON.valueToTree(snapshot));
            }
            return JSON.writeValueAsString(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("plain values are always written", e);
        }
    }

    /** @throws IllegalArgumentException if it is no such line */
    public static Heard heard(String line) {
        try {
            JsonNode json = JSON.readTree(line);
            Told told = json.has("statistics")
                    ? JSON.treeToValue(json.get("statistics"), EmaStatistics.class)
                    : JSON.treeToValue(json.path("attribution"), AttributionSnapshot.class);
            if (told == null || !json.path("step").canConvertToLong()) {
                throw new IllegalArgumentException("is no record of what was heard: " + line);
            }
            return new Heard(json.get("step").asLong(), told);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("is no record of what was heard: " + line, e);
        }
    }

    /** What a state of a job has of it; nothing where the job has heard nothing. */
    public static List<Heard> of(State state) {
        ExchangeRecord record = new ExchangeRecord();
        record.load(state);
        return record.all();
    }

    @Override
    public void save(State state) {
        if (!all.isEmpty()) {
            StringBuilder lines = new StringBuilder();
            all.forEach(heard -> lines.append(line(heard)).append('\n'));
            state.put(NAME, lines.toString().getBytes(StandardCharsets.UTF_8));
        }
    }

    @Override
    public void load(State state) {
        all.clear();
        if (state.has(NAME)) {
            new String(state.bytes(NAME), StandardCharsets.UTF_8).lines().forEach(line -> all.add(heard(line)));
        }
    }
}
