import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** Keeps the books: orders, executions, positions, portfolios. Reports of a portfolio come in execSeq order, from one writer; one that comes again changes nothing. */
final class Reconciler implements Processor<String, GenericRecord, String, Object> {
  static final String NAME = "reconciler";
  static final String PORTFOLIOS = "book-portfolios";
  static final String POSITIONS = "book-positions";
  static final String ORDERS = "book-orders";
  static final String EXECUTIONS = "executions";
  static final String PLACEMENTS = "placements";

  private final Map<String, Schema> schemas;
  private ProcessorContext<String, Object> context;
  private KeyValueStore<String, BookPortfolio> portfolios;
  private KeyValueStore<String, BookPosition> positions;
  private KeyValueStore<String, BookOrder> orders;
  private KeyValueStore<String, GenericRecord> executions;
  private KeyValueStore<String, GenericRecord> placements;

  Reconciler(Map<String, Schema> schemas) {
    this.schemas = schemas;
  }

  @Override
  public void init(ProcessorContext<String, Object> context) {
    this.context = context;
    portfolios = context.getStateStore(PORTFOLIOS);
    positions = context.getStateStore(POSITIONS);
    orders = context.getStateStore(ORDERS);
    executions = context.getStateStore(EXECUTIONS);
    placements = context.getStateStore(PLACEMENTS);
  }

  @Override
  public void process(Record<String, GenericRecord> record) {
    GenericRecord payload = Event.payload(record.value());
    String key = record.key();
    if (payload.getSchema().getName().equals("OrderPlaced")) {
      placements.putIfAbsent(Ids.identity(key, Event.text(payload, "orderId")), payload);
      return;
    }
    if (executions.putIfAbsent(Ids.identity(key, Event.text(payload, "executionId")), payload) != null) return;
    report(key, record.value(), payload);
  }

  private void report(String key, GenericRecord event, GenericRecord report) {
    BookPortfolio found = portfolios.get(key);
    BookPortfolio portfolio = found == null ? new BookPortfolio() : found;
    String instrument = Ids.instrumentKey(Event.text(report, "exchange"), Event.text(report, "instrumentId"));
    order(key, report, portfolio);
    boolean fills = Event.decimal(report, "lastQty").signum() > 0;
    BookPosition position = fills ? fill(key, instrument, report, portfolio) : positions.get(Ids.identity(key, instrument));
    portfolio.version++;
    long executedAt = Event.number(report, "executedAt");
    portfolio.asOf = portfolio.asOf == null ? executedAt : Math.max(portfolio.asOf, executedAt);
    portfolios.put(key, portfolio);
    update(key, event, report, portfolio, position);
  }

  private void order(String key, GenericRecord report, BookPortfolio portfolio) {
    String orderId = Event.text(report, "orderId");
    BookOrder found = orders.get(Ids.identity(key, orderId));
    BookOrder order = found == null ? new BookOrder() : found;
    BigInteger before = order.part(orderId);
    order.status = BookOrder.after(order.status, Event.text(report, "execType"));
    order.filled = order.filled.add(Event.decimal(report, "lastQty"));
    order.leaves = Event.decimal(report, "leavesQty");
    order.applied++;
    portfolio.exchange(before, order.part(orderId));
    orders.put(Ids.identity(key, orderId), order);
  }

  private BookPosition fill(String key, String instrument, GenericRecord report, BookPortfolio portfolio) {
    BookPosition found = positions.get(Ids.identity(key, instrument));
    BookPosition position = found == null ? new BookPosition() : found;
    BigInteger before = position.part(instrument);
    position.exchange = Event.text(report, "exchange");
    position.instrumentId = Event.text(report, "instrumentId");
    position.mark = Event.decimal(report, "lastPrice");
    position.markedAt = Event.number(report, "executedAt");
    position.books.apply(Event.isBuy(report), Event.decimal(report, "lastQty"), position.mark, Event.decimal(report, "fee"));
    position.fills++;
    portfolio.fills++;
    portfolio.exchange(before, position.part(instrument));
    if (!portfolio.instruments.contains(instrument)) portfolio.instruments.add(instrument);
    positions.put(Ids.identity(key, instrument), position);
    return position;
  }

  private void update(String key, GenericRecord cause, GenericRecord report, BookPortfolio portfolio, BookPosition changed) {
    BigInteger cash = Money.ZERO, realised = Money.ZERO, fees = Money.ZERO, gross = Money.ZERO, net = Money.ZERO, cost = Money.ZERO;
    int open = 0;
    for (String instrument : portfolio.instruments) {
      BookPosition each = positions.get(Ids.identity(key, instrument));
      BigInteger value = Money.times(each.books.quantity, each.mark);
      cash = cash.add(each.books.cash);
      realised = realised.add(each.books.realised);
      fees = fees.add(each.books.fees);
      gross = gross.add(value.abs());
      net = net.add(value);
      cost = cost.add(each.books.quantity.signum() < 0 ? each.books.cost.negate() : each.books.cost);
      if (each.books.quantity.signum() != 0) open++;
    }
    String portfolioId = Event.text(report, "portfolioId");
    String id = Ids.id("update", portfolioId, String.valueOf(portfolio.version), portfolio.stateHash());
    long at = Event.number(cause, "occurredAt");
    GenericRecord event = Event.make(schemas.get(Topics.UPDATED), id, at, NAME, key, Event.text(cause, "correlationId"));
    GenericRecord payload = Event.payload(event);
    Event.put(payload, "portfolioId", portfolioId, "version", portfolio.version, "throughExecSeq", portfolio.version, "provisional", false, "stateHash", portfolio.stateHash());
    payload.put("summary", Event.put(Event.inner(payload, "summary"), "cash", cash, "realisedPnl", realised, "unrealisedPnl", net.subtract(cost), "fees", fees,
        "grossExposure", gross, "netExposure", net, "openPositions", open, "fills", portfolio.fills, "asOf", portfolio.asOf, "equity", cash.add(net)));
    List<GenericRecord> changes = new ArrayList<>();
    if (changed != null && Event.decimal(report, "lastQty").signum() > 0) changes.add(change(payload, changed));
    payload.put("changedPositions", changes);
    context.forward(new Record<>(key, event, at), Topics.UPDATED);
  }

  private static GenericRecord change(GenericRecord payload, BookPosition position) {
    Books books = position.books;
    return Event.put(Event.inner(payload, "changedPositions"), "exchange", position.exchange, "instrumentId", position.instrumentId, "quantity", books.quantity,
        "cost", books.cost, "realisedPnl", books.realised, "fees", books.fees, "cash", books.cash, "markPrice", position.mark, "markedAt", position.markedAt, "markSource", "FILL");
  }
}
