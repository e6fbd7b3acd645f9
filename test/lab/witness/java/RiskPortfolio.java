import java.util.ArrayList;
import java.util.List;

/** What portfolio-risk knows of a portfolio. */
final class RiskPortfolio {
  long riskSeq;
  long feedbackExecSeq;
  /** Keys of the instruments that have a ledger. */
  List<String> instruments = new ArrayList<>();
}
