import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.avro.Schema;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.state.Stores;

/**
 * Runs the pipeline in the test driver of Kafka Streams over the steps of a file, and writes all outputs to another. A step is a record, as a
 * JSON object with topic, key, value (base64) and at; or settle, the ms by which the wall clock goes on.
 *
 * Arguments: limits.yaml, execution.yaml, schemas.json (by topic: id and schema), steps, outputs, folder for state.
 */
public final class WitnessDriver {
  public static void main(String[] args) throws Exception {
    ObjectMapper json = new ObjectMapper();
    Map<String, Schema> schemas = new HashMap<>();
    Map<String, Integer> ids = new HashMap<>();
    json.readTree(Path.of(args[2]).toFile()).properties().forEach(each -> {
      schemas.put(each.getKey(), new Schema.Parser().parse(each.getValue().get("schema").toString()));
      ids.put(each.getKey(), each.getValue().get("id").asInt());
    });
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "witness");
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:9092");
    config.put(StreamsConfig.STATE_DIR_CONFIG, args[5]);
    WitnessTopology witness = new WitnessTopology(new Settings(Path.of(args[0]), Path.of(args[1])), schemas, ids, "", Stores::inMemoryKeyValueStore);
    try (TopologyTestDriver driver = new TopologyTestDriver(witness.build(), config, Instant.EPOCH);
        BufferedReader steps = Files.newBufferedReader(Path.of(args[3]));
        BufferedWriter outputs = Files.newBufferedWriter(Path.of(args[4]))) {
      Map<String, TestInputTopic<byte[], byte[]>> inputs = new HashMap<>();
      for (String topic : Topics.READ) inputs.put(topic, driver.createInputTopic(topic, new ByteArraySerializer(), new ByteArraySerializer()));
      for (String line = steps.readLine(); line != null; line = steps.readLine()) {
        JsonNode step = json.readTree(line);
        if (step.has("settle")) driver.advanceWallClockTime(Duration.ofMillis(step.get("settle").asLong()));
        else inputs.get(step.get("topic").asText()).pipeInput(step.get("key").asText().getBytes(), Base64.getDecoder().decode(step.get("value").asText()), step.get("at").asLong());
      }
      for (String topic : Topics.WRITTEN) write(driver, json, outputs, topic);
      write(driver, json, outputs, Topics.DEAD_LETTERS);
    }
  }

  private static void write(TopologyTestDriver driver, ObjectMapper json, BufferedWriter outputs, String topic) throws Exception {
    TestOutputTopic<byte[], byte[]> written = driver.createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    for (var record : written.readRecordsToList()) {
      String value = Base64.getEncoder().encodeToString(record.value());
      outputs.write(json.writeValueAsString(Map.of("topic", topic, "key", new String(record.key()), "value", value, "at", record.timestamp())));
      outputs.newLine();
    }
  }
}
