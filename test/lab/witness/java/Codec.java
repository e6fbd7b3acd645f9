import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import org.apache.avro.Conversion;
import org.apache.avro.LogicalType;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.DatumWriter;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.reflect.ReflectData;
import org.apache.avro.reflect.ReflectDatumReader;
import org.apache.avro.reflect.ReflectDatumWriter;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/** Serdes: of events as they stand in topics (a zero byte, the schema's id in 4 bytes, Avro), and of rows of stores (Avro). */
final class Codec {
  private static final int HEADER_BYTES = 5;

  private Codec() {}

  static Serde<GenericRecord> event(Schema schema, int id) {
    byte[] header = ByteBuffer.allocate(HEADER_BYTES).put((byte) 0).putInt(id).array();
    return serde(new GenericDatumWriter<GenericRecord>(schema), new GenericDatumReader<GenericRecord>(schema), header);
  }

  static <T> Serde<T> row(Class<T> type) {
    ReflectData data = new ReflectData.AllowNull();
    data.addLogicalTypeConversion(new WholeNumber());
    Schema schema = data.getSchema(type);
    return serde(new ReflectDatumWriter<T>(schema, data), new ReflectDatumReader<T>(schema, schema, data), new byte[0]);
  }

  private static <T> Serde<T> serde(DatumWriter<T> writer, DatumReader<T> reader, byte[] header) {
    ThreadLocal<BinaryEncoder> encoders = new ThreadLocal<>();
    return Serdes.serdeFrom((topic, value) -> {
      if (value == null) return null;
      ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
      bytes.writeBytes(header);
      BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, encoders.get());
      encoders.set(encoder);
      try {
        writer.write(value, encoder);
        encoder.flush();
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
      return bytes.toByteArray();
    }, (topic, bytes) -> {
      if (bytes == null) return null;
      try {
        return reader.read(null, DecoderFactory.get().binaryDecoder(bytes, header.length, bytes.length - header.length, null));
      } catch (IOException error) {
        throw new UncheckedIOException(error);
      }
    });
  }

  /** Whole numbers as bytes. */
  private static final class WholeNumber extends Conversion<BigInteger> {
    private static final Schema SCHEMA = new LogicalType("whole-number").addToSchema(Schema.create(Schema.Type.BYTES));

    @Override
    public Class<BigInteger> getConvertedType() {
      return BigInteger.class;
    }

    @Override
    public String getLogicalTypeName() {
      return "whole-number";
    }

    @Override
    public Schema getRecommendedSchema() {
      return SCHEMA;
    }

    @Override
    public BigInteger fromBytes(ByteBuffer value, Schema schema, LogicalType type) {
      return Money.read(value);
    }

    @Override
    public ByteBuffer toBytes(BigInteger value, Schema schema, LogicalType type) {
      return Money.write(value);
    }
  }
}
