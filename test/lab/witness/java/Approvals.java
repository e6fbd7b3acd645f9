import java.util.ArrayList;
import java.util.List;

/** Event times of a portfolio's approvals in one bucket of its rate window. */
final class Approvals {
  List<Long> times = new ArrayList<>();
}
