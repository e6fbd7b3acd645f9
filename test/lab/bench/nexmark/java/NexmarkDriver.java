import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyDescription;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.state.BuiltInDslStoreSuppliers;
import org.apache.kafka.streams.test.TestRecord;

/**
 * Runs queries over events in Kafka Streams' test driver, and writes their results as lines of `[key, value, timestamp]`, and what
 * each round has cost as lines of `{"query", "ms", "cpuMs"}`: of all threads, from the first event to the last result.
 *
 * Arguments: a file with an event a line, `[topic, key, time, value]`; the folder for `<query>.jsonl` and `costs.jsonl`; a folder for
 * the state; the queries with commas between; the number of rounds.
 */
public final class NexmarkDriver {
  private static final ObjectMapper JSON = new ObjectMapper();

  private record Event(String topic, String key, long at, JsonNode value) {}

  public static void main(String[] args) throws Exception {
    List<Event> events = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of(args[0]))) {
      JsonNode event = JSON.readTree(line);
      events.add(new Event("nexmark-" + event.get(0).asText(), event.get(1).asText(), event.get(2).asLong(), event.get(3)));
    }
    try (PrintWriter costs = new PrintWriter(Files.newBufferedWriter(Path.of(args[1], "costs.jsonl")))) {
      for (String query : args[3].split(",")) {
        for (int round = 0; round < Integer.parseInt(args[4]); round++)
          answer(query, events, Path.of(args[1], query + ".jsonl"), args[2], costs);
      }
    }
  }

  private static void answer(String query, List<Event> events, Path results, String folder, PrintWriter costs) throws Exception {
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "nexmark-" + query);
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:9092");
    config.put(StreamsConfig.STATE_DIR_CONFIG, folder);
    // RocksDB would be flushed to the disk with every record.
    config.put(StreamsConfig.DSL_STORE_SUPPLIERS_CLASS_CONFIG, BuiltInDslStoreSuppliers.InMemoryDslStoreSuppliers.class);
    Topology topology = NexmarkQueries.of(query, "nexmark", "results").build();
    Set<String> read = sources(topology);
    List<TestRecord<String, JsonNode>> found = new ArrayList<>();
    try (TopologyTestDriver driver = new TopologyTestDriver(topology, config, Instant.EPOCH)) {
      Map<String, TestInputTopic<String, JsonNode>> inputs = new HashMap<>();
      for (String topic : read)
        inputs.put(topic, driver.createInputTopic(
            topic, new StringSerializer(), NexmarkQueries.VALUE.serializer(), Instant.EPOCH, Duration.ZERO));
      TestOutputTopic<String, JsonNode> output =
          driver.createOutputTopic("results", new StringDeserializer(), NexmarkQueries.VALUE.deserializer());
      var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
      long cpu = system.getProcessCpuTime();
      long began = System.nanoTime();
      for (Event event : events) {
        TestInputTopic<String, JsonNode> input = inputs.get(event.topic());
        if (input == null) continue;
        input.pipeInput(new TestRecord<>(event.key(), event.value(), Instant.ofEpochMilli(event.at())));
        found.addAll(output.readRecordsToList());
      }
      costs.printf("{\"query\":\"%s\",\"ms\":%d,\"cpuMs\":%d}%n",
          query, (System.nanoTime() - began) / 1_000_000, (system.getProcessCpuTime() - cpu) / 1_000_000);
    }
    try (PrintWriter written = new PrintWriter(Files.newBufferedWriter(results))) {
      for (TestRecord<String, JsonNode> record : found)
        written.println(JSON.writeValueAsString(JSON.createArrayNode().add(record.key()).add(record.value()).add(record.timestamp())));
    }
  }

  /** Topics that the topology reads; the driver takes no others. */
  private static Set<String> sources(Topology topology) {
    Set<String> names = new HashSet<>();
    TopologyDescription description = topology.describe();
    for (TopologyDescription.Subtopology part : description.subtopologies())
      for (TopologyDescription.Node node : part.nodes())
        if (node instanceof TopologyDescription.Source source && source.topicSet() != null) names.addAll(source.topicSet());
    for (TopologyDescription.GlobalStore store : description.globalStores()) names.addAll(store.source().topicSet());
    return names;
  }
}
