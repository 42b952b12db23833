package dev.plinth.cli.boot;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.List;

/**
 * The first class of `java -jar plinth.jar`: hands over to the command line, on a newer Java where
 * the present one is too old for it.
 *
 * <p>This class and {@link JavaHomes} run on Java 17, so that an old `java` gets an answer instead
 * of an {@code UnsupportedClassVersionError}. The launcher script does not pass here.
 */
public final class Main {
  /** The oldest Java that runs Plinth. */
  static final int JAVA_MIN = 25;

  private static final String COMMAND_LINE = "dev.plinth.cli.Main";

  private Main() {}

  /** Runs the command line with these arguments. */
  public static void main(String[] args) throws ReflectiveOperationException {
    if (Runtime.version().feature() >= JAVA_MIN) {
      handOver(args);
    } else {
      System.exit(runElsewhere(args));
    }
  }

  private static void handOver(String[] args) throws ReflectiveOperationException {
    try {
      Class.forName(COMMAND_LINE).getMethod("main", String[].class).invoke(null, (Object) args);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw e;
    }
  }

  private static int runElsewhere(String[] args) {
    File java = JavaHomes.ofThisMachine().javaAtLeast(JAVA_MIN);
    if (java == null) {
      System.err.println("plinth: needs Java " + JAVA_MIN + " or newer; " + JavaHomes.ADVICE);
      return 1;
    }
    try {
      Process process = new ProcessBuilder(command(java, args)).inheritIO().start();
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroy, "plinth-stop"));
      return process.waitFor();
    } catch (IOException e) {
      System.err.println("plinth: cannot start " + java + ": " + e.getMessage());
      return 1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  /** The command that runs the same arguments on another Java. */
  static List<String> command(File java, String[] args) {
    List<String> command = new ArrayList<>();
    command.add(java.getPath());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.add("-cp");
    command.add(System.getProperty("java.class.path", ""));
    command.add(COMMAND_LINE);
    command.addAll(List.of(args));
    return command;
  }
}
