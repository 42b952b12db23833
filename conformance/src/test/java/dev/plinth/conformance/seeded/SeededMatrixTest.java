package dev.plinth.conformance.seeded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.contract.ContractCase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The table of seeded bugs in `docs/reliability.md` is the one that the code has.
final class SeededMatrixTest {
  private static final String BEGIN = "<!-- seeded bugs: begin -->\n";
  private static final String END = "<!-- seeded bugs: end -->";
  private static final int BUGS_MIN = 30;

  @Test
  void theTableIsUpToDate() throws Exception {
    Path page = page();
    String text = Files.readString(page);
    int begin = text.indexOf(BEGIN);
    int end = text.indexOf(END);
    assertTrue(begin >= 0 && end > begin, page + " lacks the marks of the table");
    String before = text.substring(0, begin + BEGIN.length());
    if (Boolean.getBoolean("rewrite")) {
      Files.writeString(page, before + SeededMatrix.markdown() + text.substring(end));
    } else {
      assertEquals(
          SeededMatrix.markdown(),
          text.substring(before.length(), end),
          "the table of seeded bugs is old: run this test with -Drewrite=true");
    }
  }

  @Test
  void everyCaseOfTheContractThatIsNamedExists() {
    List<String> cases = ContractCase.all().stream().map(ContractCase::name).toList();
    List<SeededBug> wrong = new ArrayList<>();
    for (SeededBug bug : SeededBug.values()) {
      if (bug.isForContract() && !cases.contains(bug.contractCase())) {
        wrong.add(bug);
      }
    }
    assertEquals(List.of(), wrong);
  }

  @Test
  void thereAreEnoughOfThem() {
    assertTrue(SeededBug.values().length >= BUGS_MIN);
    assertTrue(Arrays.asList(SeededBug.values()).containsAll(SeededBug.sample()));
  }

  private static Path page() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isRegularFile(folder.resolve("docs/reliability.md"))) {
      folder = folder.getParent();
    }
    return folder.resolve("docs/reliability.md");
  }
}
