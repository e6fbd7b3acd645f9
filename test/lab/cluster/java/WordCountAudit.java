import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.LongDeserializer;

/**
 * The audit of a word count by Kafka's own consumer. Arguments: brokers, a file for the answer, the topic of lines, the topic of
 * counts. The answer has the number of lines and of counts, then `! ` and a problem, then `= `, a word and the number of times that the
 * lines have it.
 */
public class WordCountAudit {
  public static void main(String[] args) throws Exception {
    Map<String, Long> expected = new TreeMap<>();
    long inputs = read(args[0], args[2], record -> {
      for (String word : text(record.value()).split(" ")) expected.merge(word, 1L, Long::sum);
    });
    Map<String, Long> counted = new HashMap<>();
    List<String> problems = new ArrayList<>();
    LongDeserializer longs = new LongDeserializer();
    long outputs = read(args[0], args[3], record -> {
      String word = text(record.key());
      long count = longs.deserialize(record.topic(), record.value());
      long before = counted.getOrDefault(word, 0L);
      if (count != before + 1)
        problems.add(word + " goes from " + before + " to " + count + " at " + record.partition() + "/" + record.offset());
      counted.put(word, count);
    });
    expected.forEach((word, count) -> {
      if (!count.equals(counted.get(word))) problems.add(word + " was counted " + counted.get(word) + " times of " + count);
    });
    StringBuilder answer = new StringBuilder(inputs + " " + outputs + "\n");
    problems.stream().limit(100).forEach(problem -> answer.append("! " + problem + "\n"));
    expected.forEach((word, count) -> answer.append("= " + word + " " + count + "\n"));
    Files.writeString(Path.of(args[1]), answer);
  }

  /** Reads the committed records of a topic to their ends, each partition in order. Returns their number. */
  private static long read(String brokers, String topic, Consumer<ConsumerRecord<byte[], byte[]>> each) {
    Properties config = new Properties();
    config.put("bootstrap.servers", brokers);
    config.put("isolation.level", "read_committed");
    long number = 0;
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = new ArrayList<>();
      consumer.partitionsFor(topic).forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (partitions.stream().anyMatch(at -> consumer.position(at) < ends.get(at)))
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          each.accept(record);
          number++;
        }
    }
    return number;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
