import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/** Plays the exchange. Reports happen at their event time, or once the input is quiet. */
final class ExecutionSim implements Processor<String, GenericRecord, String, Object> {
  static final String NAME = "execution-sim";
  static final String BOOKS = "order-books";
  static final String EXECUTED = "executed-trades";
  /** The time without input after which reports under way happen. */
  private static final Duration QUIET = Duration.ofMillis(500);

  private final Settings settings;
  private final Map<String, Schema> schemas;
  private ProcessorContext<String, Object> context;
  private KeyValueStore<String, OrderBook> books;
  private KeyValueStore<String, Memo> executed;
  private long heardAt;

  ExecutionSim(Settings settings, Map<String, Schema> schemas) {
    this.settings = settings;
    this.schemas = schemas;
  }

  @Override
  public void init(ProcessorContext<String, Object> context) {
    this.context = context;
    books = context.getStateStore(BOOKS);
    executed = context.getStateStore(EXECUTED);
    context.schedule(QUIET, PunctuationType.WALL_CLOCK_TIME, this::quiet);
  }

  @Override
  public void process(Record<String, GenericRecord> record) {
    heardAt = context.currentSystemTimeMs();
    GenericRecord event = record.value();
    GenericRecord trade = Event.payload(event);
    String key = record.key();
    String tradeId = Event.text(trade, "tradeId");
    if (executed.get(Ids.identity(key, tradeId)) != null) return;
    executed.put(Ids.identity(key, tradeId), new Memo());
    OrderBook found = books.get(key);
    OrderBook book = found == null ? new OrderBook() : found;
    passTime(key, book, Event.number(event, "occurredAt"));
    place(key, book, event, trade);
    books.put(key, book);
  }

  private void place(String key, OrderBook book, GenericRecord event, GenericRecord trade) {
    OrderBook.Order order = new OrderBook.Order();
    order.tradeId = Event.text(trade, "tradeId");
    order.orderId = Ids.id("order", order.tradeId);
    order.exchange = Event.text(trade, "exchange");
    order.instrumentId = Event.text(trade, "instrumentId");
    order.buys = Event.isBuy(trade);
    order.quantity = Event.decimal(trade, "quantity");
    order.correlationId = Event.text(event, "correlationId");
    Plan plan = new Plan(trade, order.orderId, settings.execution(Ids.instrumentKey(order.exchange, order.instrumentId)));
    long placedAt = plan.placedAt(Event.number(event, "occurredAt"));
    order.since = placedAt;
    order.steps = plan.steps(placedAt);
    book.orders.add(order);
    GenericRecord placed = Event.make(schemas.get(Topics.PLACED), Ids.id("placement", order.orderId), placedAt, NAME, key, order.correlationId, trade);
    Event.put(Event.payload(placed), "orderId", order.orderId, "status", "NEW", "placedAt", placedAt, "sourceEventId", Event.text(event, "eventId"));
    context.forward(new Record<>(key, placed, placedAt), Topics.PLACED);
  }

  private void passTime(String key, OrderBook book, long until) {
    for (OrderBook.Order order = book.next(until); order != null; order = book.next(until)) report(key, book, order, order.steps.remove(0));
  }

  private void report(String key, OrderBook book, OrderBook.Order order, Plan.Step step) {
    order.filled = order.filled.add(step.units);
    boolean ends = !step.execType.equals("PARTIAL_FILL");
    if (ends) book.orders.remove(order);
    int fillSeq = ++order.sent;
    String id = Ids.id("fill", order.orderId, String.valueOf(fillSeq));
    GenericRecord event = Event.make(schemas.get(Topics.FILLS), id, step.at, NAME, key, order.correlationId);
    GenericRecord payload = Event.payload(event);
    Event.put(payload, "portfolioId", java.net.URLDecoder.decode(key.replace("+", "%2B"), java.nio.charset.StandardCharsets.UTF_8),
        "exchange", order.exchange, "instrumentId", order.instrumentId,
        "side", new GenericData.EnumSymbol(payload.getSchema().getField("side").schema(), order.buys ? "BUY" : "SELL"), "orderQty", order.quantity,
        "executionId", id, "execType", step.execType, "orderId", order.orderId, "tradeId", order.tradeId, "fillId", step.units.signum() > 0 ? id : null,
        "fillSeq", fillSeq, "execSeq", ++book.execSeq, "lastQty", step.units, "lastPrice", step.price, "cumQty", order.filled,
        "leavesQty", ends ? Money.ZERO : order.quantity.subtract(order.filled), "fee", step.fee, "isTerminal", ends, "executedAt", step.at,
        "sourceEventId", order.tradeId);
    context.forward(new Record<>(key, event, step.at), Topics.FILLS);
  }

  private void quiet(long now) {
    if (now - heardAt < QUIET.toMillis()) return;
    List<KeyValue<String, OrderBook>> open = new ArrayList<>();
    try (KeyValueIterator<String, OrderBook> all = books.all()) {
      all.forEachRemaining(each -> {
        if (each.value.next(Long.MAX_VALUE) != null) open.add(each);
      });
    }
    for (KeyValue<String, OrderBook> each : open) {
      passTime(each.key, each.value, Long.MAX_VALUE);
      books.put(each.key, each.value);
    }
  }
}
