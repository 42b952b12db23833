package dev.plinth.house;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.bench.report.Page;
import dev.plinth.bench.result.JsonFile;
import dev.plinth.bench.result.Run;
import dev.plinth.conformance.lab.SoakTotals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Pages with figures are what their committed run makes of them: nobody has typed or forgotten
/// one.
final class MadePagesTest {
  @Test
  void pagesAreWhatTheirRunsMakeOfThem() throws IOException {
    int made = 0;
    for (Path page : Repository.files(Repository.root().resolve("docs"), ".md")) {
      String text = Files.readString(page);
      for (Page.Source source : Page.sources(text)) {
        made++;
        Run run = JsonFile.read(Repository.root().resolve(source.run()), Run.class);
        String name = Repository.root().relativize(page).toString();
        assertEquals(
            Page.into(text, name, source, run),
            text,
            name + ": make it again by the command between its marks");
      }
    }
    assertTrue(made > 0, "the reference run has a page");
  }

  @Test
  void soakTotalsAreWhatTheirStateFilesCount() throws IOException {
    Path page = Repository.root().resolve("docs/reliability.md");
    String text = Files.readString(page);
    Path states = Repository.root().resolve("docs/soak");
    List<Path> files =
        Files.isDirectory(states) ? Repository.files(states, ".properties") : List.of();
    SoakTotals totals = new SoakTotals(files);
    assertEquals(totals.into(text), text, "make it again by ./plinth lab totals, as the page says");
  }
}
