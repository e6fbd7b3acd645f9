import java.time.LocalTime;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** Gives every signal the verdict of its instrument; decides nothing. */
final class InstrumentRisk implements Processor<String, GenericRecord, String, Object> {
  static final String NAME = "instrument-risk";
  static final String INSTRUMENTS = "instruments";
  private static final long DAY_MS = 86_400_000;

  private final Settings settings;
  private final Map<String, Schema> schemas;
  private ProcessorContext<String, Object> context;
  private KeyValueStore<String, GenericRecord> instruments;

  InstrumentRisk(Settings settings, Map<String, Schema> schemas) {
    this.settings = settings;
    this.schemas = schemas;
  }

  @Override
  public void init(ProcessorContext<String, Object> context) {
    this.context = context;
    instruments = context.getStateStore(INSTRUMENTS);
  }

  @Override
  public void process(Record<String, GenericRecord> record) {
    GenericRecord event = record.value();
    GenericRecord payload = Event.payload(event);
    String key = Ids.instrumentKey(Event.text(payload, "exchange"), Event.text(payload, "instrumentId"));
    if (!key.equals(record.key()) || !key.equals(Event.text(event, "key"))) {
      DeadLetter.send(context, NAME, record, "KEY_MISMATCH");
      return;
    }
    switch (payload.getSchema().getName()) {
      case "InstrumentRegistered" -> register(key, payload);
      case "TradingSignal" -> judge(key, event, payload);
      default -> throw new IllegalStateException(payload.getSchema().getName());
    }
  }

  private void register(String key, GenericRecord instrument) {
    GenericRecord known = instruments.get(key);
    if (known != null && Event.number(instrument, "instrumentVersion") < Event.number(known, "instrumentVersion")) return;
    instruments.put(key, instrument);
  }

  private void judge(String key, GenericRecord event, GenericRecord signal) {
    GenericRecord instrument = instruments.get(key);
    long at = Event.number(event, "occurredAt");
    InstrumentChecks checks = new InstrumentChecks(signal, at, instrument, null, settings);
    Refusal refusal = checks.run();
    Schema schema = schemas.get(Topics.CHECKED);
    String eventId = Event.text(event, "eventId");
    GenericRecord checked = instrument == null
        ? Event.make(schema, Ids.id("verdict", eventId), at, NAME, key, Event.text(event, "correlationId"), signal)
        : Event.make(schema, Ids.id("verdict", eventId), at, NAME, key, Event.text(event, "correlationId"), instrument, signal);
    GenericRecord payload = Event.payload(checked);
    Refusal told = refusal != null ? refusal : checks.unlessClosing;
    Event.put(payload, "sourceEventId", eventId, "verdict", refusal == null ? "PASS" : refusal.code(),
        "unlessClosing", refusal == null && told != null ? told.code() : null, "instrumentLimitsVersion", settings.version,
        "slippageTicks", settings.slippageTicks, "maxNotionalPerOrder", settings.maxNotionalPerOrder, "priceBand", settings.priceBand,
        "boundPrice", checks.boundPrice, "worstNotional", checks.worstNotional, "expiresAt", expiresAt(signal, instrument, at));
    if (told != null) payload.put("details", Event.put(Event.inner(payload, "details"), "limit", told.limit(), "observed", told.observed()));
    context.forward(new Record<>(key, checked, at), Topics.CHECKED);
  }

  /** The earlier one of validUntil and, of a DAY order, the next close of the session. */
  private static Long expiresAt(GenericRecord signal, GenericRecord instrument, long at) {
    Long until = Event.number(signal, "validUntil");
    if (!"DAY".equals(Event.text(signal, "timeInForce")) || instrument == null) return until;
    String close = Event.text(instrument, "sessionClose");
    long timeOfDay = close == null ? 0 : LocalTime.parse(close).toSecondOfDay() * 1_000L;
    long next = Math.floorDiv(at, DAY_MS) * DAY_MS + timeOfDay;
    if (next <= at) next += DAY_MS;
    return until == null ? next : Math.min(until, next);
  }
}
