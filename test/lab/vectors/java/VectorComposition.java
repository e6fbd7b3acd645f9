import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Aggregator;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Initializer;
import org.apache.kafka.streams.kstream.Joined;
import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Merger;
import org.apache.kafka.streams.kstream.Predicate;
import org.apache.kafka.streams.kstream.Reducer;
import org.apache.kafka.streams.kstream.SessionWindows;
import org.apache.kafka.streams.kstream.SlidingWindows;
import org.apache.kafka.streams.kstream.Suppressed;
import org.apache.kafka.streams.kstream.Suppressed.BufferConfig;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.ValueJoiner;
import org.apache.kafka.streams.kstream.ValueMapper;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.kstream.WindowedSerdes;
import org.apache.kafka.streams.kstream.internals.suppress.FinalResultsSuppressionBuilder;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.SessionStore;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;

/** Operators on top of each other, from a tree in a case's parameters: composition.ts builds the same in millrace. */
final class VectorComposition {
  private static final Serde<String> TEXT = Serdes.String();
  private static final ValueJoiner<String, String, String> JOIN = (left, right) -> left + "-" + right;
  private static final Aggregator<String, String, String> APPEND =
      (key, value, all) -> startsWithX(value) ? null : all + value;
  private static final Aggregator<String, String, String> COUNT =
      (key, value, all) -> String.valueOf(Long.parseLong(all) + 1);

  private static final Reducer<String> REDUCE = (all, value) -> startsWithX(value) ? null : all + "+" + value;

  private final StreamsBuilder builder;
  private int names;
  private Serde<Windowed<String>> windowKeys;

  VectorComposition(StreamsBuilder builder) {
    this.builder = builder;
  }

  KStream<String, String> declare(JsonNode plan) {
    if (plan.has("windowed")) return windows(plan.get("windowed")).toStream((window, value) ->
        window.key() + "@" + window.window().start() + "/" + window.window().end());
    if (plan.has("stream")) return joined(plan);
    return table(plan).toStream();
  }

  private KStream<String, String> joined(JsonNode plan) {
    KTable<String, String> table = table(plan.get("with"));
    KStream<String, String> stream = builder.stream(plan.get("stream").asText(), Consumed.with(TEXT, TEXT));
    Joined<String, String, String> how = plan.has("grace")
        ? Joined.with(TEXT, TEXT, TEXT, "buffer", ms(plan, "grace"))
        : Joined.with(TEXT, TEXT, TEXT);
    return plan.get("kind").asText().equals("left") ? stream.leftJoin(table, JOIN, how) : stream.join(table, JOIN, how);
  }

  private KTable<String, String> table(JsonNode plan) {
    if (plan.has("table")) return builder.table(plan.get("table").asText(), Consumed.with(TEXT, TEXT), Materialized.as(name()));
    if (plan.has("unkept")) return builder.table(plan.get("unkept").asText(), Consumed.with(TEXT, TEXT));
    if (plan.has("versioned")) return builder.table(plan.get("versioned").asText(), Consumed.with(TEXT, TEXT),
        Materialized.as(Stores.persistentVersionedKeyValueStore(name(), ms(plan, "history"))));
    if (plan.has("aggregate")) return aggregated(plan);
    if (plan.has("group")) {
      var grouped = table(plan.get("group")).groupBy(
          (key, value) -> KeyValue.pair(first(value), value.substring(first(value).length())), Grouped.with(TEXT, TEXT));
      boolean sum = plan.get("by").asText().equals("sum");
      return grouped.aggregate(
          () -> sum ? "0" : "",
          (key, value, all) -> sum ? String.valueOf(Long.parseLong(all) + Long.parseLong(value)) : all + "+" + value,
          (key, value, all) -> sum ? String.valueOf(Long.parseLong(all) - Long.parseLong(value)) : all + "-" + value,
          Materialized.with(TEXT, TEXT));
    }
    if (plan.has("foreign")) {
      KTable<String, String> left = table(plan.get("left"));
      KTable<String, String> right = table(plan.get("right"));
      return plan.get("foreign").asText().equals("left")
          ? left.leftJoin(right, VectorComposition::foreignKey, JOIN, kept(plan, TEXT))
          : left.join(right, VectorComposition::foreignKey, JOIN, kept(plan, TEXT));
    }
    return over(plan, this::table, () -> TEXT);
  }

  private KTable<Windowed<String>, String> windows(JsonNode plan) {
    if (!plan.has("windows")) return over(plan, this::windows, () -> windowKeys);
    KTable<Windowed<String>, String> table = windowed(plan);
    if (plan.has("closedAfter"))
      return table.suppress(new FinalResultsSuppressionBuilder<Windowed<String>>(null, BufferConfig.unbounded())
          .buildFinalResultsSuppression(ms(plan, "closedAfter")));
    return plan.path("closed").asBoolean()
        ? table.suppress(Suppressed.untilWindowCloses(BufferConfig.unbounded()))
        : table;
  }

  private interface Build<K> {
    KTable<K, String> of(JsonNode plan);
  }

  private <K> KTable<K, String> over(JsonNode plan, Build<K> build, Supplier<Serde<K>> keys) {
    if (plan.has("filter")) {
      Predicate<K, String> test = plan.has("least")
          ? (key, value) -> Long.parseLong(value) >= plan.get("least").asLong()
          : (key, value) -> !startsWithX(value);
      KTable<K, String> inner = build.of(plan.get("filter"));
      return plan.path("store").asBoolean() ? inner.filter(test, kept(plan, keys.get())) : inner.filter(test);
    }
    if (plan.has("map")) {
      ValueMapper<String, String> mapper = value -> startsWithX(value) ? null : value + "~";
      KTable<K, String> inner = build.of(plan.get("map"));
      // Stating serdes would make a versioned table one that is not.
      return plan.path("store").asBoolean() ? inner.mapValues(mapper, kept(plan, keys.get())) : inner.mapValues(mapper);
    }
    if (plan.has("suppress"))
      return build.of(plan.get("suppress")).suppress(Suppressed.untilTimeLimit(ms(plan, "every"), BufferConfig.unbounded()));
    KTable<K, String> left = build.of(plan.get("left"));
    KTable<K, String> right = build.of(plan.get("right"));
    String join = plan.get("join").asText();
    // Stating serdes would give the join a store of its own.
    if (!plan.path("store").asBoolean())
      return join.equals("inner") ? left.join(right, JOIN)
          : join.equals("left") ? left.leftJoin(right, JOIN) : left.outerJoin(right, JOIN);
    return join.equals("inner") ? left.join(right, JOIN, kept(plan, keys.get()))
        : join.equals("left") ? left.leftJoin(right, JOIN, kept(plan, keys.get()))
        : left.outerJoin(right, JOIN, kept(plan, keys.get()));
  }

  private KTable<String, String> aggregated(JsonNode plan) {
    List<KGroupedStream<String, String>> inputs = grouped(plan.get("aggregate"));
    Materialized<String, String, KeyValueStore<Bytes, byte[]>> store = Materialized.with(TEXT, TEXT);
    if (inputs.size() == 1) return inputs.get(0).aggregate(init(plan), add(plan), store);
    return inputs.get(0).cogroup(add(plan)).cogroup(inputs.get(1), add(plan)).aggregate(init(plan), store);
  }

  private KTable<Windowed<String>, String> windowed(JsonNode plan) {
    List<KGroupedStream<String, String>> inputs = plan.has("over")
        ? List.of(windows(plan.get("over")).toStream((window, value) -> window.key()).groupByKey(Grouped.with(TEXT, TEXT)))
        : grouped(plan.get("of"));
    Initializer<String> init = init(plan);
    Aggregator<String, String, String> add = add(plan);
    boolean reduces = plan.get("by").asText().equals("reduce");
    windowKeys = plan.get("windows").asText().equals("session")
        ? new WindowedSerdes.SessionWindowedSerde<>(TEXT)
        : new WindowedSerdes.TimeWindowedSerde<>(TEXT, plan.get("size").asLong());
    boolean one = inputs.size() == 1;
    var both = one ? null : inputs.get(0).<String>cogroup(add).cogroup(inputs.get(1), add);
    Materialized<String, String, WindowStore<Bytes, byte[]>> store = Materialized.with(TEXT, TEXT);
    switch (plan.get("windows").asText()) {
      case "tumbling": {
        TimeWindows windows = TimeWindows.ofSizeAndGrace(ms(plan, "size"), ms(plan, "grace"));
        if (reduces) return inputs.get(0).windowedBy(windows).reduce(REDUCE, store);
        return one ? inputs.get(0).windowedBy(windows).aggregate(init, add, store) : both.windowedBy(windows).aggregate(init, store);
      }
      case "sliding": {
        SlidingWindows windows = SlidingWindows.ofTimeDifferenceAndGrace(ms(plan, "size"), ms(plan, "grace"));
        if (reduces) return inputs.get(0).windowedBy(windows).reduce(REDUCE, store);
        return one ? inputs.get(0).windowedBy(windows).aggregate(init, add, store) : both.windowedBy(windows).aggregate(init, store);
      }
      default: {
        SessionWindows windows = SessionWindows.ofInactivityGapAndGrace(ms(plan, "size"), ms(plan, "grace"));
        boolean count = plan.get("by").asText().equals("count");
        Merger<String, String> merge = (key, first, second) ->
            count ? String.valueOf(Long.parseLong(first) + Long.parseLong(second)) : first + "&" + second;
        Materialized<String, String, SessionStore<Bytes, byte[]>> sessions = Materialized.with(TEXT, TEXT);
        if (reduces) return inputs.get(0).windowedBy(windows).reduce(REDUCE, sessions);
        return one
            ? inputs.get(0).windowedBy(windows).aggregate(init, add, merge, sessions)
            : both.windowedBy(windows).aggregate(init, merge, sessions);
      }
    }
  }

  private List<KGroupedStream<String, String>> grouped(JsonNode topics) {
    List<KGroupedStream<String, String>> inputs = new ArrayList<>();
    for (JsonNode topic : topics)
      inputs.add(builder.stream(topic.asText(), Consumed.with(TEXT, TEXT)).groupByKey(Grouped.with(TEXT, TEXT)));
    return inputs;
  }

  private static Initializer<String> init(JsonNode plan) {
    return () -> plan.get("by").asText().equals("count") ? "0" : "";
  }

  private static Aggregator<String, String, String> add(JsonNode plan) {
    return plan.get("by").asText().equals("count") ? COUNT : APPEND;
  }

  private <K> Materialized<K, String, KeyValueStore<Bytes, byte[]>> kept(JsonNode plan, Serde<K> keys) {
    return plan.path("store").asBoolean()
        ? Materialized.<K, String, KeyValueStore<Bytes, byte[]>>as(name()).withKeySerde(keys).withValueSerde(TEXT)
        : Materialized.with(keys, TEXT);
  }

  private String name() {
    names++;
    return "store-" + names;
  }

  private static Duration ms(JsonNode plan, String field) {
    return Duration.ofMillis(plan.get(field).asLong());
  }

  private static boolean startsWithX(String value) {
    return value != null && value.startsWith("x");
  }

  private static String first(String value) {
    return value.isEmpty() ? "" : value.substring(0, 1);
  }

  private static String foreignKey(String value) {
    int end = value.indexOf(':');
    return end < 0 ? null : value.substring(0, end);
  }
}
