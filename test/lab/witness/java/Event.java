import java.math.BigInteger;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;

/** Reads and makes events: an envelope and its payload. */
final class Event {
  private Event() {}

  static GenericRecord payload(GenericRecord event) {
    return (GenericRecord) event.get("payload");
  }

  static String text(GenericRecord record, String field) {
    Object value = record.get(field);
    return value == null ? null : value.toString();
  }

  static BigInteger decimal(GenericRecord record, String field) {
    return Money.read(record.get(field));
  }

  static Long number(GenericRecord record, String field) {
    Object value = record.get(field);
    return value == null ? null : ((Number) value).longValue();
  }

  static boolean flag(GenericRecord record, String field) {
    return Boolean.TRUE.equals(record.get(field));
  }

  static boolean isBuy(GenericRecord record) {
    return text(record, "side").equals("BUY");
  }

  /** An event whose payload has, of `from`, the fields that have its names. */
  static GenericRecord make(Schema schema, String eventId, long occurredAt, String producer, String key, String correlationId, GenericRecord... from) {
    Schema of = schema.getField("payload").schema();
    GenericRecord payload = new GenericData.Record(of);
    for (Schema.Field field : of.getFields()) {
      if (field.hasDefaultValue()) payload.put(field.pos(), GenericData.get().getDefaultValue(field));
      for (GenericRecord each : from)
        if (each.getSchema().getField(field.name()) != null && !structured(field.schema())) payload.put(field.pos(), each.get(field.name()));
    }
    GenericRecord event = new GenericData.Record(schema);
    event.put("eventId", eventId);
    event.put("eventType", of.getName());
    event.put("schemaVersion", 1);
    event.put("occurredAt", occurredAt);
    event.put("producer", producer);
    event.put("key", key);
    event.put("correlationId", correlationId);
    event.put("payload", payload);
    return event;
  }

  /** Puts names and values, one after the other; decimals as they count 1e-18. */
  static GenericRecord put(GenericRecord record, Object... namesAndValues) {
    for (int at = 0; at < namesAndValues.length; at += 2) {
      String name = (String) namesAndValues[at];
      Object value = namesAndValues[at + 1];
      record.put(name, value instanceof BigInteger decimal ? Money.write(decimal) : value);
    }
    return record;
  }

  /** A record of a field that may be null, or of the items of a list. */
  static GenericRecord inner(GenericRecord of, String field) {
    Schema schema = of.getSchema().getField(field).schema();
    if (schema.getType() == Schema.Type.UNION) schema = schema.getTypes().get(1);
    if (schema.getType() == Schema.Type.ARRAY) schema = schema.getElementType();
    return new GenericData.Record(schema);
  }

  private static boolean structured(Schema schema) {
    return switch (schema.getType()) {
      case RECORD, ARRAY -> true;
      case UNION -> schema.getTypes().stream().anyMatch(Event::structured);
      default -> false;
    };
  }
}
