package dev.plinth.house;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Rules on the text of the sources.
final class SourceRulesTest {
  private static final int FILE_LINES_NOTED = 400;
  private static final int FILE_LINES_MAX = 800;

  /// Words for work that was put off, in halves so that this file passes its own rule.
  private static final Pattern PUT_OFF =
      Pattern.compile("\\bTO" + "DO\\b|\\bFIX" + "ME\\b|\\bX" + "XX\\b|@Dis" + "abled\\b");

  private static final Pattern CODE_IN_COMMENT = Pattern.compile("^\\s*//(?!/).*;\\s*$");

  private static final Pattern VAGUE_NAME =
      Pattern.compile(
          "(Util|Utils|Helper|Helpers|Manager|Impl)\\.java$|/(util|utils|common|helper|helpers|impl)/[^/]+\\.java$");

  /// The rooms where every failure of a file is a StorageException; the laboratory proper talks to
  /// child processes and to its own notes, and is none of them.
  private static final Pattern STORAGE_ROOM =
      Pattern.compile(
          "^(spi|kit|conformance|lsm|engine-[a-z-]+|raft/store)/src/main/(?!.*/conformance/lab/).*");

  /// The one class per kind of disk that meets `IOException`.
  private static final Set<String> IO_EXCEPTION_FILES =
      Set.of("kit/src/main/java/dev/plinth/kit/disk/DiskErrors.java");

  @Test
  void noFileIsTooLong() {
    List<String> tooLong = new ArrayList<>();
    for (Path file : Repository.javaFiles()) {
      int lines = Repository.lines(file).size();
      if (lines > FILE_LINES_MAX) {
        tooLong.add(Repository.name(file) + ": " + lines + " lines");
      } else if (lines > FILE_LINES_NOTED) {
        System.out.printf(
            "house: %s has %d lines: worth a second look%n", Repository.name(file), lines);
      }
    }
    assertEquals(List.of(), tooLong, "files over " + FILE_LINES_MAX + " lines");
  }

  @Test
  void nothingIsPutOff() {
    assertNoLine(PUT_OFF, "work that was put off");
  }

  @Test
  void noCodeIsCommentedOut() {
    assertNoLine(CODE_IN_COMMENT, "code in a comment");
  }

  @Test
  void noNameIsVague() {
    List<String> vague =
        Repository.javaFiles().stream()
            .map(Repository::name)
            .filter(name -> VAGUE_NAME.matcher(name).find())
            .toList();
    assertEquals(List.of(), vague, "names that say nothing");
  }

  @Test
  void oneClassPerDiskMeetsIoException() {
    List<String> others =
        Repository.javaFiles().stream()
            .filter(file -> STORAGE_ROOM.matcher(Repository.name(file)).matches())
            .filter(file -> Repository.text(file).contains("IO" + "Exception"))
            .map(Repository::name)
            .filter(name -> !IO_EXCEPTION_FILES.contains(name))
            .toList();
    assertEquals(List.of(), others, "files that name IO" + "Exception");
  }

  @Test
  void everyPackageIsNullMarked() {
    List<String> unmarked =
        Repository.javaFiles().stream()
            .filter(file -> Repository.name(file).contains("/src/main/java"))
            .filter(file -> !Repository.isExample(file))
            .map(Path::getParent)
            .distinct()
            .filter(folder -> !isNullMarked(folder.resolve("package-info.java")))
            .map(Repository::name)
            .toList();
    assertEquals(List.of(), unmarked, "packages without a @NullMarked package-info.java");
  }

  @Test
  void theRulesCatchWhatTheyAreFor() {
    Stream.of("// TO" + "DO later", "@Dis" + "abled(\"flaky\")", "int x; // FIX" + "ME")
        .forEach(line -> assertTrue(PUT_OFF.matcher(line).find(), line));
    assertTrue(CODE_IN_COMMENT.matcher("    // foo(bar);").find());
    assertTrue(!CODE_IN_COMMENT.matcher("  /// Ends with a semicolon;").find());
    assertTrue(VAGUE_NAME.matcher("kit/src/main/java/dev/plinth/kit/util/Bytes.java").find());
    assertTrue(VAGUE_NAME.matcher("kit/src/main/java/dev/plinth/kit/ByteUtils.java").find());
    assertTrue(!VAGUE_NAME.matcher("kit/src/main/java/dev/plinth/kit/memory/Bytes.java").find());
  }

  private static boolean isNullMarked(Path packageInfo) {
    return Files.isRegularFile(packageInfo) && Repository.text(packageInfo).contains("@NullMarked");
  }

  private static void assertNoLine(Pattern pattern, String what) {
    List<String> found = new ArrayList<>();
    for (Path file : Repository.javaFiles()) {
      List<String> lines = Repository.lines(file);
      for (int i = 0; i < lines.size(); i++) {
        if (pattern.matcher(lines.get(i)).find()) {
          found.add(Repository.name(file) + ":" + (i + 1) + ": " + lines.get(i).strip());
        }
      }
    }
    assertEquals(List.of(), found, what);
  }
}
