import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** A record that could not be processed: its topic, key and time, and the reason. */
final class DeadLetter {
  private DeadLetter() {}

  static String sinkOf(String processor) {
    return processor + " > " + Topics.DEAD_LETTERS;
  }

  static void send(ProcessorContext<String, Object> context, String processor, Record<String, GenericRecord> record, String reason) {
    String topic = context.recordMetadata().map(place -> Topics.specified(place.topic())).orElse("");
    String text = topic + " " + record.key() + " " + record.timestamp() + " " + reason;
    context.forward(new Record<>(record.key(), text, record.timestamp()), sinkOf(processor));
  }
}
