import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Branched;
import org.apache.kafka.streams.kstream.CogroupedKStream;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.EmitStrategy;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.Joined;
import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.SessionWindows;
import org.apache.kafka.streams.kstream.SlidingWindows;
import org.apache.kafka.streams.kstream.StreamJoined;
import org.apache.kafka.streams.kstream.Suppressed;
import org.apache.kafka.streams.kstream.Suppressed.BufferConfig;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.ValueJoiner;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.SessionStore;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;

/** The topology of each kind of case: topologies.ts has the same in millrace. */
final class VectorTopologies {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Serde<String> TEXT = Serdes.String();
  private static final ValueJoiner<String, String, String> JOIN = (left, right) -> left + "-" + right;

  /**
   * With its usual retention Kafka Streams drops sliding windows and sessions that a jump of stream time takes out of the
   * store before they are emitted.
   */
  private static final Duration KEPT = Duration.ofDays(10_000);

  /** Counts and texts alike, as JSON; null is null. */
  static final Serde<JsonNode> VALUE = Serdes.serdeFrom(
      (topic, value) -> value == null ? null : value.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8),
      (topic, bytes) -> {
        try {
          return bytes == null ? null : JSON.readTree(bytes);
        } catch (IOException error) {
          throw new IllegalStateException(error);
        }
      });

  private final StreamsBuilder builder = new StreamsBuilder();
  private final JsonNode params;

  private VectorTopologies(JsonNode params) {
    this.params = params;
  }

  static Topology of(String kind, JsonNode params, Properties config) {
    VectorTopologies topologies = new VectorTopologies(params);
    topologies.declare(kind);
    return topologies.builder.build(config);
  }

  private void declare(String kind) {
    switch (kind) {
      case "composition" -> out(new VectorComposition(builder).declare(params.get("plan")));
      case "stateless" -> stateless();
      case "count" -> out(grouped("in").count().toStream());
      case "reduce-concat" -> out(grouped("in").reduce((all, value) -> all + "|" + value).toStream());
      case "rekey-count" -> out(
          stream("in").filter((key, value) -> value != null)
              .groupBy((key, value) -> last(value), Grouped.with(TEXT, TEXT)).count().toStream());
      case "table-filter-map" -> out(
          table("in").filter((key, value) -> !value.matches(".*[13579]$")).mapValues(value -> value + "~").toStream());
      case "table-regroup-count" -> out(
          table("in").groupBy((key, value) -> KeyValue.pair(last(value), key), Grouped.with(TEXT, TEXT)).count().toStream());
      case "table-regroup-aggregate" -> out(
          table("in").groupBy((key, value) -> KeyValue.pair(last(value), value), Grouped.with(TEXT, TEXT))
              .aggregate(() -> "", (key, value, all) -> all + "+" + value, (key, value, all) -> all + "-" + value,
                  Materialized.with(TEXT, TEXT))
              .toStream());
      case "tumbling-count" -> windowed(grouped("in").windowedBy(tumbling()).count());
      case "hopping-count" -> windowed(grouped("in").windowedBy(hopping()).count());
      case "sliding-count" -> windowed(grouped("in").windowedBy(sliding()).count());
      case "tumbling-suppress-final" -> windowed(closed(grouped("in").windowedBy(tumbling()).count()));
      case "tumbling-emit-on-close" -> windowed(
          grouped("in").windowedBy(tumbling()).emitStrategy(EmitStrategy.onWindowClose()).count());
      case "suppress-time-limit" -> out(grouped("in").count()
          .suppress(Suppressed.untilTimeLimit(ms("untilTimeLimitMs"), BufferConfig.unbounded())).toStream());
      case "session-concat" -> windowed(grouped("in").windowedBy(sessions()).aggregate(
          () -> "", (key, value, all) -> all + value, (key, one, two) -> one + "&" + two,
          Materialized.<String, String, SessionStore<Bytes, byte[]>>with(TEXT, TEXT)));
      case "cogroup" -> out(both().aggregate(() -> "", Materialized.<String, String, KeyValueStore<Bytes, byte[]>>with(TEXT, TEXT)).toStream());
      case "stream-stream-inner" -> out(stream("left").join(stream("right"), JOIN, within(), joined()));
      case "stream-stream-left" -> out(stream("left").leftJoin(stream("right"), JOIN, within(), joined()));
      case "stream-stream-outer" -> out(stream("left").outerJoin(stream("right"), JOIN, within(), joined()));
      case "stream-table-inner" -> out(stream("left").join(table("right"), JOIN, Joined.with(TEXT, TEXT, TEXT)));
      case "stream-table-left" -> out(stream("left").leftJoin(table("right"), JOIN, Joined.with(TEXT, TEXT, TEXT)));
      case "stream-versioned-table-left" -> out(
          stream("left").leftJoin(versioned("right"), JOIN, Joined.with(TEXT, TEXT, TEXT)));
      case "stream-global-inner" -> out(stream("left").join(
          builder.globalTable("right", Consumed.with(TEXT, TEXT)), (key, value) -> key, JOIN));
      case "table-table-inner" -> out(table("left").join(table("right"), JOIN).toStream());
      case "table-table-left" -> out(table("left").leftJoin(table("right"), JOIN).toStream());
      case "table-table-outer" -> out(table("left").outerJoin(table("right"), JOIN).toStream());
      case "table-table-foreign-key-inner" -> out(
          table("left").join(table("right"), VectorTopologies::foreignKey, JOIN, Materialized.with(TEXT, TEXT)).toStream());
      case "table-table-foreign-key-left" -> out(
          table("left").leftJoin(table("right"), VectorTopologies::foreignKey, JOIN, Materialized.with(TEXT, TEXT)).toStream());
      case "rekey-stream-join-inner" -> out(rekeyed("left").join(rekeyed("right"), JOIN, within(), joined()));
      case "hopping-emit-on-close" -> windowed(
          grouped("in").windowedBy(hopping()).emitStrategy(EmitStrategy.onWindowClose()).count());
      case "sliding-emit-on-close" -> windowed(
          grouped("in").windowedBy(sliding()).emitStrategy(EmitStrategy.onWindowClose())
              .count(Materialized.<String, Long, WindowStore<Bytes, byte[]>>with(TEXT, Serdes.Long()).withRetention(KEPT)));
      case "session-emit-on-close" -> windowed(
          grouped("in").windowedBy(sessions()).emitStrategy(EmitStrategy.onWindowClose())
              .count(Materialized.<String, Long, SessionStore<Bytes, byte[]>>with(TEXT, Serdes.Long()).withRetention(KEPT)));
      case "suppress-time-limit-emit-early" -> out(grouped("in").count()
          .suppress(Suppressed.untilTimeLimit(ms("untilTimeLimitMs"),
              BufferConfig.maxRecords(params.get("maxRecords").asLong()).emitEarlyWhenFull()))
          .toStream());
      case "cogroup-tumbling" -> windowed(both().windowedBy(tumbling()).aggregate(() -> "", texts()));
      case "cogroup-hopping" -> windowed(both().windowedBy(hopping()).aggregate(() -> "", texts()));
      case "cogroup-sliding" -> windowed(both().windowedBy(sliding()).aggregate(() -> "", texts()));
      case "cogroup-session" -> windowed(both().windowedBy(sessions()).aggregate(
          () -> "", (key, one, two) -> one + "&" + two,
          Materialized.<String, String, SessionStore<Bytes, byte[]>>with(TEXT, TEXT)));
      case "cogroup-tumbling-suppress-final" -> windowed(
          closed(both().windowedBy(tumbling()).aggregate(() -> "", texts())));
      case "stream-versioned-table-grace-inner" -> out(
          stream("left").join(versioned("right"), JOIN, Joined.with(TEXT, TEXT, TEXT, "held", ms("graceMs"))));
      case "stream-versioned-table-grace-left" -> out(
          stream("left").leftJoin(versioned("right"), JOIN, Joined.with(TEXT, TEXT, TEXT, "held", ms("graceMs"))));
      case "stream-versioned-table-inner" -> out(
          stream("left").join(versioned("right"), JOIN, Joined.with(TEXT, TEXT, TEXT)));
      default -> throw new IllegalArgumentException("kind '" + kind + "' is not known");
    }
  }

  private void stateless() {
    KStream<String, String> values = stream("in").filter((key, value) -> key != null && value != null)
        .flatMapValues(value -> List.of(value, value + "!"))
        .filter((key, value) -> !value.endsWith("3"))
        .selectKey((key, value) -> key + value.charAt(0));
    var branches = values.split(Named.as("by-"))
        .branch((key, value) -> value.endsWith("!"), Branched.as("loud")).defaultBranch(Branched.as("rest"));
    out(branches.get("by-loud").mapValues(value -> value.toUpperCase(Locale.ROOT)).merge(branches.get("by-rest")));
  }

  private KStream<String, String> stream(String topic) {
    return builder.stream(topic, Consumed.with(TEXT, TEXT));
  }

  private KGroupedStream<String, String> grouped(String topic) {
    return stream(topic).groupByKey(Grouped.with(TEXT, TEXT));
  }

  private CogroupedKStream<String, String> both() {
    return grouped("left").<String>cogroup((key, value, all) -> all + "L" + value)
        .cogroup(grouped("right"), (key, value, all) -> all + "R" + value);
  }

  private static <V> KTable<Windowed<String>, V> closed(KTable<Windowed<String>, V> table) {
    return table.suppress(Suppressed.untilWindowCloses(BufferConfig.unbounded()));
  }

  private static Materialized<String, String, WindowStore<Bytes, byte[]>> texts() {
    return Materialized.with(TEXT, TEXT);
  }

  private KTable<String, String> table(String topic) {
    return builder.table(topic, Consumed.with(TEXT, TEXT));
  }

  private KTable<String, String> versioned(String topic) {
    return builder.table(topic, Consumed.with(TEXT, TEXT), Materialized.as(
        Stores.persistentVersionedKeyValueStore("versions", ms("historyRetentionMs"))));
  }

  private KStream<String, String> rekeyed(String topic) {
    return stream(topic).filter((key, value) -> value != null)
        .selectKey((key, value) -> (value.charAt(value.length() - 1) - '0') % 2 == 0 ? "even" : "odd");
  }

  private Duration ms(String name) {
    return Duration.ofMillis(params.get(name).asLong());
  }

  private TimeWindows tumbling() {
    return TimeWindows.ofSizeAndGrace(ms("sizeMs"), ms("graceMs"));
  }

  private TimeWindows hopping() {
    return tumbling().advanceBy(ms("advanceMs"));
  }

  private SlidingWindows sliding() {
    return SlidingWindows.ofTimeDifferenceAndGrace(ms("timeDifferenceMs"), ms("graceMs"));
  }

  private SessionWindows sessions() {
    return SessionWindows.ofInactivityGapAndGrace(ms("inactivityGapMs"), ms("graceMs"));
  }

  private JoinWindows within() {
    // Each step must leave a window that does not end before it begins: the side that is not negative comes first.
    JoinWindows at = JoinWindows.ofTimeDifferenceAndGrace(Duration.ZERO, ms("graceMs"));
    boolean beforeLast = ms("beforeMs").isNegative();
    return beforeLast ? at.after(ms("afterMs")).before(ms("beforeMs")) : at.before(ms("beforeMs")).after(ms("afterMs"));
  }

  private static StreamJoined<String, String, String> joined() {
    return StreamJoined.with(TEXT, TEXT, TEXT);
  }

  private static String last(String value) {
    return value.substring(value.length() - 1);
  }

  private static String foreignKey(String value) {
    int end = value.indexOf(':');
    return end < 0 ? null : value.substring(0, end);
  }

  private void windowed(KTable<Windowed<String>, ?> table) {
    out(table.toStream((window, value) ->
        window.key() + "@" + window.window().start() + "/" + window.window().end()));
  }

  private void out(KStream<String, ?> stream) {
    stream.mapValues(value -> value == null ? null : JSON.<JsonNode>valueToTree(value))
        .to("out", Produced.with(TEXT, VALUE));
  }
}
