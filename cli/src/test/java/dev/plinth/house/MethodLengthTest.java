package dev.plinth.house;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/// Methods stay short, or say why not: a comment right before the method with the words "long
/// because".
final class MethodLengthTest {
  private static final int METHOD_LINES_MAX = 60;

  @Test
  void noMethodIsTooLong() throws IOException {
    List<String> tooLong = new ArrayList<>();
    for (Path file : Repository.javaFiles()) {
      tooLong.addAll(longMethods(Repository.name(file), Repository.text(file)));
    }
    assertEquals(List.of(), tooLong, "methods over " + METHOD_LINES_MAX + " lines");
  }

  @Test
  void aLongMethodIsFoundUnlessItSaysWhy() throws IOException {
    String body = "void m() {\n" + "    int i = 0;\n".repeat(METHOD_LINES_MAX) + "  }\n";
    String plain = "class A {\n  /** Words. */\n  " + body + "}\n";
    String reasoned =
        "class A {\n  /// Words, long because of more.\n  @Deprecated\n  " + body + "}\n";
    String other = "class A {\n  // long because\n  int field;\n\n  " + body + "}\n";
    assertEquals(List.of("A.java:3: m has 62 lines"), longMethods("A.java", plain));
    assertEquals(List.of(), longMethods("A.java", reasoned));
    assertEquals(List.of("A.java:5: m has 62 lines"), longMethods("A.java", other));
  }

  private static List<String> longMethods(String name, String text) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    JavacTask task =
        (JavacTask)
            compiler.getTask(null, null, null, List.of(), null, List.of(source(name, text)));
    List<String> lines = text.lines().toList();
    List<String> found = new ArrayList<>();
    for (CompilationUnitTree unit : task.parse()) {
      SourcePositions positions = Trees.instance(task).getSourcePositions();
      LineMap map = unit.getLineMap();
      new TreeScanner<Void, Void>() {
        @Override
        public Void visitMethod(MethodTree method, Void unused) {
          int first = (int) map.getLineNumber(positions.getStartPosition(unit, method));
          long last = map.getLineNumber(positions.getEndPosition(unit, method));
          if (last - first + 1 > METHOD_LINES_MAX && !saysWhy(lines, first - 1)) {
            found.add(
                name
                    + ":"
                    + first
                    + ": "
                    + method.getName()
                    + " has "
                    + (last - first + 1)
                    + " lines");
          }
          return super.visitMethod(method, null);
        }
      }.scan(unit, null);
    }
    return found;
  }

  /// Whether the comment that ends right before a line says why the method there is long.
  private static boolean saysWhy(List<String> lines, int line) {
    for (int i = line - 1; i >= 0; i--) {
      String text = lines.get(i).strip();
      if (!text.startsWith("//") && !text.startsWith("*") && !text.startsWith("/*")) {
        return false;
      }
      if (text.contains("long because")) {
        return true;
      }
    }
    return false;
  }

  private static JavaFileObject source(String name, String text) {
    return new SimpleJavaFileObject(URI.create("memory:///" + name), JavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return text;
      }
    };
  }
}
