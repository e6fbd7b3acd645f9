import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.zip.CRC32;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Kafka's own consumer: reads the committed records of topics to their ends. Arguments: brokers, a file for the answer, topics.
 * Writes for each partition a line: topic, partition, number of records, CRC-32 of offsets, keys and values.
 */
public class ForeignReader {
  public static void main(String[] args) throws Exception {
    Properties config = new Properties();
    config.put("bootstrap.servers", args[0]);
    config.put("isolation.level", "read_committed");
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = new ArrayList<>();
      for (String topic : List.of(args).subList(2, args.length))
        consumer.partitionsFor(topic).forEach(each -> partitions.add(new TopicPartition(topic, each.partition())));
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      Map<String, CRC32> sums = new TreeMap<>();
      Map<String, Integer> counts = new TreeMap<>();
      for (TopicPartition each : partitions) {
        sums.put(name(each), new CRC32());
        counts.put(name(each), 0);
      }
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (partitions.stream().anyMatch(each -> consumer.position(each) < ends.get(each)))
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          TopicPartition each = new TopicPartition(record.topic(), record.partition());
          if (record.offset() >= ends.get(each)) continue;
          CRC32 sum = sums.get(name(each));
          sum.update(Long.toString(record.offset()).getBytes());
          sum.update(record.key() == null ? new byte[] {1} : record.key());
          sum.update(record.value() == null ? new byte[] {2} : record.value());
          counts.merge(name(each), 1, Integer::sum);
        }
      StringBuilder answer = new StringBuilder();
      sums.forEach((name, sum) -> answer.append(name + " " + counts.get(name) + " " + sum.getValue() + "\n"));
      Files.writeString(Path.of(args[1]), answer);
    }
  }

  private static String name(TopicPartition each) {
    return each.topic() + " " + each.partition();
  }
}
