package org.unweave.cluster;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.unweave.model.math.Cuda;

/**
 * What a node trains on.
 *
 * @param cpu jobs that train on the CPU at the same time
 * @param cards numbers of the cards that each train one job at a time
 * @param refused why cards that were asked for are not among them, by their numbers
 */
public record NodeSlots(int cpu, List<Integer> cards, Map<Integer, String> refused) {
    private static final String FORM =
            "give --slots N, or its parts by commas: cpu=N, cuda (all cards), cuda=0,1 (these)";

    public NodeSlots {
        cards = List.copyOf(cards);
        refused = new LinkedHashMap<>(refused);
    }

    /** Slots of the CPU alone. */
    public static NodeSlots ofCpu(int slots) {
        return new NodeSlots(slots, List.of(), Map.of());
    }

    /** As {@link #parse(String, int, Cuda.Found)}, on this machine. */
    public static NodeSlots parse(String text) {
        return parse(text, Runtime.getRuntime().availableProcessors(), Cuda.look());
    }

    /**
     * Reads {@code 2}, {@code cpu=2}, {@code cuda}, {@code cuda=0,1} or {@code cpu=2,cuda=0,1}. Without a number of CPU
     * slots there is one a processor, so that a node whose cards are refused trains on the CPU.
     *
     * @throws IllegalArgumentException if it is none of these, or nothing is left to train on
     */
    static NodeSlots parse(String text, int processors, Cuda.Found found) {
        int cpu = -1;
        List<Integer> wanted = new ArrayList<>();
        boolean listing = false;
        for (String part : text.split(",", -1)) {
            String word = part.strip();
            if (word.startsWith("cuda=") || listing && !word.startsWith("c")) {
                listing = true;
                add(wanted, number(word.replace("cuda=", ""), text), text);
            } else if (word.equals("cuda")) {
                listing = false;
                Cuda.numbers(found).forEach(card -> add(wanted, card, text));
            } else if (cpu < 0) {
                listing = false;
                cpu = number(word.startsWith("cpu=") ? word.substring(4) : word, text);
            } else {
                throw new IllegalArgumentException("--slots " + text + " has two numbers of the CPU's; " + FORM);
            }
        }
        return of(cpu < 0 ? processors : cpu, wanted, found);
    }

    private static void add(List<Integer> cards, int card, String text) {
        if (cards.contains(card)) {
            throw new IllegalArgumentException("--slots " + text + " names card " + card + " twice; " + FORM);
        }
        cards.add(card);
    }

    private static int number(String word, String text) {
        if (!word.matches("[0-9]{1,6}")) {
            throw new IllegalArgumentException("--slots " + text + " is not understood at \"" + word + "\"; " + FORM);
        }
        return Integer.parseInt(word);
    }

    /** Those of these that can be trained on. */
    private static NodeSlots of(int cpu, List<Integer> wanted, Cuda.Found found) {
        List<Integer> cards = new ArrayList<>();
        Map<Integer, String> refused = new LinkedHashMap<>();
        for (int card : wanted) {
            Cuda.refusal(found, card).ifPresentOrElse(reason -> refused.put(card, reason), () -> cards.add(card));
        }
        NodeSlots slots = new NodeSlots(cpu, cards, refused);
        if (cpu == 0 && cards.isEmpty()) {
            throw new IllegalArgumentException("--slots leaves nothing to train on"
                    + (refused.isEmpty() ? "" : ": " + slots.refusal()) + "; give it slots of the CPU, as --slots 2");
        }
        return slots;
    }

    /** Why cards are refused; empty where none is. */
    public String refusal() {
        return refused.entrySet().stream()
                .map(entry -> "card " + entry.getKey() + " is refused: " + entry.getValue())
                .collect(Collectors.joining("; "));
    }

    /** In words. */
    @Override
    public String toString() {
        return cpu + " slots" + (cards.isEmpty() ? "" : ", cards " + cards)
                + (refused.isEmpty() ? "" : "; " + refusal());
    }
}
