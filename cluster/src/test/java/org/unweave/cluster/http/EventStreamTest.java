package org.unweave.cluster.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Pins how server-sent events are read: fields in any order, comments, and what is no event. */
class EventStreamTest {
    private static EventStream of(String text) {
        return new EventStream(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void events_areReadWithFieldsInAnyOrder() throws Exception {
        try (EventStream stream = of(
                "data:{\"a\":1}\nevent:run\nid:x-1\n\n\r\nid: x-2\r\nevent: job\r\ndata: {\"a\":\r\ndata: 2}\r\n\r\n")) {
            assertThat(stream.next()).isEqualTo(new EventStream.Heard("x-1", "run", Json.MAPPER.readTree("{\"a\":1}")));
            assertThat(stream.next()).isEqualTo(new EventStream.Heard("x-2", "job", Json.MAPPER.readTree("{\"a\":2}")));
            assertThat(stream.next()).isNull();
        }
    }

    @Test
    void comment_isAnEventOfNoKind() throws Exception {
        try (EventStream stream = of(": here\n\ndata:\n\nevent:lost\ndata:{}\n\ndata:{}")) {
            assertThat(stream.next()).extracting(EventStream.Heard::kind).isEqualTo("");
            assertThat(stream.next()).extracting(EventStream.Heard::kind).isEqualTo("");
            assertThat(stream.next()).extracting(EventStream.Heard::kind).isEqualTo("lost");
            // What has no end was cut off.
            assertThat(stream.next()).isNull();
        }
    }

    @Test
    void textThatIsNoJson_isRefused() throws Exception {
        try (EventStream stream = of("event:run\ndata:{\"a\":\n\n")) {
            assertThatThrownBy(stream::next).isInstanceOf(IOException.class).hasMessageContaining("no JSON");
        }
    }

    @Test
    void lineWithoutEnd_isNotReadForEver() throws Exception {
        try (EventStream stream = of("data:" + "x".repeat(2 << 20))) {
            assertThatThrownBy(stream::next).isInstanceOf(IOException.class).hasMessageContaining("1048576 letters");
        }
    }
}
