package dev.plinth.house;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// The arrows between the rooms of the house: what may use what.
final class ArrowsTest {
  /// Each room and the rooms it may use, itself aside. A class outside of all rooms is refused, so
  /// a new room starts here.
  private static final Map<String, List<String>> ROOMS =
      new TreeMap<>(
          Map.ofEntries(
              room("dev.plinth.spi"),
              room("dev.plinth.kit", "dev.plinth.spi"),
              room("dev.plinth.conformance", "dev.plinth.spi"),
              room("dev.plinth.lsm", "dev.plinth.spi", "dev.plinth.kit"),
              room("dev.plinth.engine", "dev.plinth.spi", "dev.plinth.kit", "dev.plinth.lsm"),
              room("dev.plinth.peers", "dev.plinth.spi", "dev.plinth.raft.store"),
              room("dev.plinth.raft.store", "dev.plinth.spi", "dev.plinth.kit"),
              room(
                  "dev.plinth.raft.testkit",
                  "dev.plinth.spi",
                  "dev.plinth.conformance",
                  "dev.plinth.raft.store"),
              room(
                  "dev.plinth.raft.bench",
                  "dev.plinth.spi",
                  "dev.plinth.kit",
                  "dev.plinth.bench",
                  "dev.plinth.raft.store"),
              room("dev.plinth.raft.jraft", "dev.plinth.spi", "dev.plinth.raft.store"),
              room(
                  "dev.plinth.raft.jgroups",
                  "dev.plinth.spi",
                  "dev.plinth.raft.store",
                  "dev.plinth.raft.testkit"),
              room(
                  "dev.plinth.raft.microraft",
                  "dev.plinth.spi",
                  "dev.plinth.raft.store",
                  "dev.plinth.raft.testkit"),
              room("dev.plinth.raft.ratis", "dev.plinth.spi", "dev.plinth.raft.store"),
              room(
                  "dev.plinth.kv",
                  "dev.plinth.spi",
                  "dev.plinth.kit",
                  "dev.plinth.raft.store",
                  "dev.plinth.raft.jraft"),
              room(
                  "dev.plinth.spec",
                  "dev.plinth.spi",
                  "dev.plinth.kit",
                  "dev.plinth.conformance",
                  "dev.plinth.raft.store"),
              room("dev.plinth.bench", "dev.plinth.spi"),
              room(
                  "dev.plinth.cli",
                  "dev.plinth.spi",
                  "dev.plinth.kit",
                  "dev.plinth.conformance",
                  "dev.plinth.bench",
                  "dev.plinth.raft.store",
                  "dev.plinth.raft.bench",
                  "dev.plinth.kv")));

  private static final JavaClasses CLASSES = importAll();

  @Test
  void everyClassIsInARoom() {
    List<String> homeless = new ArrayList<>();
    for (JavaClass type : CLASSES) {
      String name = type.getPackageName();
      if (ROOMS.keySet().stream().noneMatch(room -> isIn(name, room))) {
        homeless.add(type.getName());
      }
    }
    assertEquals(List.of(), homeless, "classes in no room that ArrowsTest knows");
  }

  @Test
  void roomsUseOnlyWhatTheyMay() {
    ROOMS.forEach(
        (room, uses) -> {
          List<String> allowed = new ArrayList<>(List.of(room + ".."));
          uses.forEach(use -> allowed.add(use + ".."));
          DescribedPredicate<JavaClass> forbidden =
              resideInAPackage("dev.plinth..")
                  .and(DescribedPredicate.not(resideInAnyPackage(allowed.toArray(String[]::new))));
          noClasses()
              .that()
              .resideInAPackage(room + "..")
              .should()
              .dependOnClassesThat(forbidden)
              .allowEmptyShould(true)
              .check(CLASSES);
        });
  }

  @Test
  void theSpiUsesNothingButTheJdk() {
    classes()
        .that()
        .resideInAPackage("dev.plinth.spi..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage("dev.plinth.spi..", "java..", "jdk.jfr..", "org.jspecify.."))
        .check(CLASSES);
  }

  @Test
  void conformanceUsesNothingButTheSpiAndJUnit() {
    classes()
        .that()
        .resideInAPackage("dev.plinth.conformance..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                "dev.plinth.conformance..",
                "dev.plinth.spi..",
                "java..",
                "org.jspecify..",
                "org.junit.jupiter.api..",
                "org.opentest4j.."))
        .allowEmptyShould(true)
        .check(CLASSES);
  }

  @Test
  void enginesNeverSeeOneAnother() {
    slices()
        .matching("dev.plinth.engine.(*)..")
        .should()
        .notDependOnEachOther()
        .allowEmptyShould(true)
        .check(CLASSES);
  }

  @Test
  void raftAdaptersNeverSeeOneAnother() {
    slices()
        .matching("dev.plinth.raft.(jraft|jgroups|microraft|ratis)..")
        .should()
        .notDependOnEachOther()
        .allowEmptyShould(true)
        .check(CLASSES);
  }

  @Test
  void packagesInsideARoomFormNoCycle() {
    for (String room : List.of("spi", "kit", "conformance", "lsm", "bench", "raft.store")) {
      slices()
          .matching("dev.plinth." + room + ".(*)..")
          .should()
          .beFreeOfCycles()
          .allowEmptyShould(true)
          .check(CLASSES);
    }
  }

  @Test
  void onlyThePeersLoadNativeLibraries() {
    noClasses()
        .that()
        .resideInAPackage("dev.plinth..")
        .and()
        .resideOutsideOfPackage("dev.plinth.peers..")
        .should()
        .callMethod(System.class, "load", String.class)
        .orShould()
        .callMethod(System.class, "loadLibrary", String.class)
        .check(CLASSES);
  }

  @Test
  void storageReachesFilesThroughTheDiskSeamOnly() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "dev.plinth.kit..",
            "dev.plinth.lsm..",
            "dev.plinth.engine..",
            "dev.plinth.raft.store..")
        .and()
        .resideOutsideOfPackage("dev.plinth.kit.disk..")
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.nio.file.Files")
        .orShould()
        .dependOnClassesThat()
        .resideInAPackage("java.nio.channels..")
        .orShould()
        .dependOnClassesThat()
        .haveNameMatching(
            "java\\.io\\.(File|RandomAccessFile|File(Input|Output)Stream|File(Reader|Writer))")
        .allowEmptyShould(true)
        .check(CLASSES);
  }

  private static JavaClasses importAll() {
    List<Path> folders =
        Repository.modules().stream().map(Repository::classes).filter(Files::isDirectory).toList();
    JavaClasses all = new ClassFileImporter().importPaths(folders);
    assertFalse(all.isEmpty());
    return all;
  }

  private static boolean isIn(String name, String room) {
    return name.equals(room) || name.startsWith(room + ".");
  }

  private static Map.Entry<String, List<String>> room(String name, String... uses) {
    return Map.entry(name, Arrays.asList(uses));
  }
}
