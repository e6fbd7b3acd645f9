import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.Decoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

/**
 * Answers cases: reads each body as its writer's schema and as the reader's, and writes it again. value-text.ts has the same
 * words for values.
 *
 * Arguments: a file of cases (`writer`, `reader`, `bodies` in hex); the file to write.
 */
public final class AvroOracle {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  public static void main(String[] args) throws Exception {
    ArrayNode answers = NODES.arrayNode();
    for (JsonNode asked : JSON.readTree(Path.of(args[0]).toFile())) answers.add(answer(asked));
    Files.writeString(Path.of(args[1]), JSON.writeValueAsString(answers));
  }

  private static ObjectNode answer(JsonNode asked) {
    ObjectNode answer = NODES.objectNode();
    Schema writer;
    Schema reader;
    try {
      writer = new Schema.Parser().parse(asked.get("writer").asText());
      reader = new Schema.Parser().parse(asked.get("reader").asText());
    } catch (RuntimeException error) {
      return answer.put("refused", String.valueOf(error.getMessage()));
    }
    ArrayNode values = answer.putArray("values");
    for (JsonNode body : asked.get("bodies")) {
      byte[] bytes = HexFormat.of().parseHex(body.asText());
      ObjectNode value = values.addObject();
      try {
        Object datum = read(bytes, writer, writer);
        value.set("written", text(writer, datum));
        value.put("body", HexFormat.of().formatHex(write(writer, datum)));
      } catch (IOException | RuntimeException error) {
        value.put("unwritten", String.valueOf(error));
      }
      try {
        value.set("read", text(reader, read(bytes, writer, reader)));
      } catch (IOException | RuntimeException error) {
        value.put("unread", String.valueOf(error));
      }
    }
    return answer;
  }

  private static Object read(byte[] bytes, Schema writer, Schema reader) throws IOException {
    Decoder decoder = DecoderFactory.get().binaryDecoder(bytes, null);
    return new GenericDatumReader<Object>(writer, reader, new OrderedData()).read(null, decoder);
  }

  private static byte[] write(Schema schema, Object datum) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
    new GenericDatumWriter<Object>(schema).write(datum, encoder);
    encoder.flush();
    return out.toByteArray();
  }

  /** Keeps the order of map entries, so that a value is written as it was read. */
  private static final class OrderedData extends GenericData {
    @Override
    public Object newMap(Object old, int size) {
      return new LinkedHashMap<Object, Object>();
    }
  }

  private static JsonNode text(Schema schema, Object value) {
    LogicalType logical = schema.getLogicalType();
    switch (schema.getType()) {
      case NULL:
        return NODES.nullNode();
      case BOOLEAN:
        return NODES.booleanNode((Boolean) value);
      case INT:
      case LONG:
        return NODES.textNode(value.toString());
      case FLOAT:
        return NODES.textNode(String.format("%08x", Float.floatToIntBits((Float) value)));
      case DOUBLE:
        return NODES.textNode(String.format("%016x", Double.doubleToLongBits((Double) value)));
      case STRING:
        boolean uuid = logical != null && logical.getName().equals("uuid");
        return NODES.textNode(uuid ? value.toString().toLowerCase(Locale.ROOT) : value.toString());
      case ENUM:
        return NODES.textNode(value.toString());
      case BYTES:
      case FIXED:
        byte[] bytes = value instanceof GenericFixed fixed ? fixed.bytes() : bytesOf((ByteBuffer) value);
        if (logical instanceof LogicalTypes.Decimal) return NODES.textNode(numberOf(bytes));
        return NODES.textNode(HexFormat.of().formatHex(bytes));
      case ARRAY:
        ArrayNode items = NODES.arrayNode();
        for (Object item : (Iterable<?>) value) items.add(text(schema.getElementType(), item));
        return items;
      case MAP:
        Map<String, Object> sorted = new TreeMap<>();
        ((Map<?, ?>) value).forEach((key, part) -> sorted.put(key.toString(), part));
        ArrayNode entries = NODES.arrayNode();
        sorted.forEach((key, part) -> entries.addArray().add(key).add(text(schema.getValueType(), part)));
        return entries;
      case RECORD:
        ArrayNode fields = NODES.arrayNode();
        for (Schema.Field field : schema.getFields())
          fields.addArray().add(field.name()).add(text(field.schema(), ((IndexedRecord) value).get(field.pos())));
        return fields;
      case UNION:
        Schema branch = schema.getTypes().get(GenericData.get().resolveUnion(schema, value));
        return NODES.arrayNode().add(branch.getFullName()).add(text(branch, value));
    }
    throw new IllegalStateException("no such type: " + schema.getType());
  }

  private static String numberOf(byte[] bytes) {
    return bytes.length == 0 ? "0" : new BigInteger(bytes).toString();
  }

  private static byte[] bytesOf(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }
}
