import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.Properties;
import java.util.UUID;
import org.apache.avro.Conversions;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Sends one trading signal as the contract asks. Needs kafka-clients, avro and jackson on the class path; its argument is the idempotency key. */
public class ProduceSignal {
  static final String TOPIC = "trading.signals";

  public static void main(String[] args) throws Exception {
    var answer = HttpClient.newHttpClient().send(
        HttpRequest.newBuilder(URI.create(System.getenv("SCHEMA_REGISTRY_URL") + "/subjects/" + TOPIC + "-value/versions/latest")).build(),
        HttpResponse.BodyHandlers.ofString());
    var found = new com.fasterxml.jackson.databind.ObjectMapper().readTree(answer.body());
    var schema = new Schema.Parser().parse(found.get("schema").asText());
    var payloadSchema = schema.getField("payload").schema();

    var payload = new GenericData.Record(payloadSchema);
    payload.put("signalId", args[0]);
    payload.put("idempotencyKey", args[0]);
    payload.put("strategyId", "java");
    payload.put("portfolioId", "alpha-01");
    payload.put("exchange", "XNAS");
    payload.put("instrumentId", "MSFT");
    payload.put("side", new GenericData.EnumSymbol(payloadSchema.getField("side").schema(), "BUY"));
    payload.put("quantity", decimal("10"));
    payload.put("orderType", new GenericData.EnumSymbol(payloadSchema.getField("orderType").schema(), "MARKET"));
    payload.put("referencePrice", decimal("28.50"));
    payload.put("reduceOnly", false);

    var eventId = UUID.nameUUIDFromBytes(("alpha-01/" + args[0]).getBytes()).toString();
    var event = new GenericData.Record(schema);
    event.put("eventId", eventId);
    event.put("eventType", "TradingSignal");
    event.put("schemaVersion", 1);
    event.put("occurredAt", System.currentTimeMillis());
    event.put("producer", "java");
    event.put("key", "XNAS:MSFT");
    event.put("correlationId", eventId);
    event.put("payload", payload);

    var value = new ByteArrayOutputStream();
    value.write(0);
    value.write(ByteBuffer.allocate(4).putInt(found.get("id").asInt()).array());
    var encoder = EncoderFactory.get().binaryEncoder(value, null);
    new GenericDatumWriter<GenericRecord>(schema).write(event, encoder);
    encoder.flush();

    var settings = new Properties();
    settings.put("bootstrap.servers", System.getenv("KAFKA_BROKERS"));
    try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(TOPIC, null, (Long) event.get("occurredAt"), "XNAS:MSFT", value.toByteArray())).get();
    }
    System.out.println("sent " + args[0]);
  }

  /** decimal(38,18) as the two's complement of the number of 1e-18. */
  static ByteBuffer decimal(String text) {
    return new Conversions.DecimalConversion()
        .toBytes(new BigDecimal(text).setScale(18), null, LogicalTypes.decimal(38, 18));
  }
}
