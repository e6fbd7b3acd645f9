import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.processor.TimestampExtractor;
import org.apache.kafka.streams.test.TestRecord;

/**
 * Answers cases: pipes the inputs of each into Kafka Streams' own test driver and writes down what it emits, step by step.
 *
 * Arguments: a file of cases, of which only `kind`, `params` and each step's `in` are read; the file to write; a folder for
 * the state.
 */
public final class VectorOracle {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The test driver takes no record with a time below zero, so all are piped later by this and shifted back. */
  private static final Set<String> INPUTS = Set.of("in", "left", "right");
  private static final long SHIFT = 1_000_000;

  /** Gives the time of the case, also where it is below zero: as a topic could have it, or an extractor give it. */
  public static final class Shifted implements TimestampExtractor {
    @Override
    public long extract(ConsumerRecord<Object, Object> record, long partitionTime) {
      return INPUTS.contains(record.topic()) ? record.timestamp() - SHIFT : record.timestamp();
    }
  }

  public static void main(String[] args) throws Exception {
    ArrayNode cases = (ArrayNode) JSON.readTree(Path.of(args[0]).toFile());
    for (int index = 0; index < cases.size(); index++) answer((ObjectNode) cases.get(index), args[2], index);
    Files.writeString(Path.of(args[1]), JSON.writeValueAsString(cases));
  }

  private static void answer(ObjectNode vector, String folder, int index) {
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "vectors-" + index);
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:9092");
    config.put(StreamsConfig.STATE_DIR_CONFIG, folder);
    config.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
    config.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
    config.put(StreamsConfig.DEFAULT_TIMESTAMP_EXTRACTOR_CLASS_CONFIG, Shifted.class);
    config.put(StreamsConfig.InternalConfig.EMIT_INTERVAL_MS_KSTREAMS_OUTER_JOIN_SPURIOUS_RESULTS_FIX, 0L);
    config.put(StreamsConfig.InternalConfig.EMIT_INTERVAL_MS_KSTREAMS_WINDOWED_AGGREGATION, 0L);
    var topology = VectorTopologies.of(vector.get("kind").asText(), vector.get("params"), config);
    try (TopologyTestDriver driver = new TopologyTestDriver(topology, config, Instant.EPOCH)) {
      Map<String, TestInputTopic<String, String>> inputs = new HashMap<>();
      TestOutputTopic<String, JsonNode> output =
          driver.createOutputTopic("out", new StringDeserializer(), VectorTopologies.VALUE.deserializer());
      for (JsonNode step : vector.get("steps")) {
        JsonNode in = step.get("in");
        inputs
            .computeIfAbsent(in.get(0).asText(), topic ->
                driver.createInputTopic(topic, new StringSerializer(), new StringSerializer(), Instant.EPOCH, Duration.ZERO))
            .pipeInput(new TestRecord<>(text(in.get(1)), text(in.get(2)), headers(in.get(4)), in.get(3).asLong() + SHIFT));
        ArrayNode out = JSON.createArrayNode();
        for (TestRecord<String, JsonNode> record : output.readRecordsToList()) {
          ArrayNode written = out.addArray().add("out").add(record.key()).add(record.value()).add(record.timestamp());
          if (record.headers().iterator().hasNext()) written.add(headers(record.headers()));
        }
        ((ObjectNode) step).set("out", out);
      }
    } catch (RuntimeException error) {
      throw new IllegalStateException("case " + vector.get("name").asText() + ": " + error.getMessage(), error);
    }
  }

  /** Headers are written as an object: cases have one of a name. */
  private static Headers headers(JsonNode node) {
    Headers headers = new RecordHeaders();
    if (node != null)
      node.properties().forEach(header ->
          headers.add(header.getKey(), header.getValue().asText().getBytes(StandardCharsets.UTF_8)));
    return headers;
  }

  private static ObjectNode headers(Headers headers) {
    ObjectNode node = JSON.createObjectNode();
    for (Header header : headers) node.put(header.key(), new String(header.value(), StandardCharsets.UTF_8));
    return node;
  }

  private static String text(JsonNode node) {
    return node.isNull() ? null : node.asText();
  }
}
