package dev.plinth.bench.result;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// Reads and writes records as JSON files, with names in snake case. A file appears whole or not at
/// all.
public final class JsonFile {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private JsonFile() {}

  /// Writes a record.
  public static void write(Path file, Object content) {
    Path draft = file.resolveSibling(file.getFileName() + ".tmp");
    try {
      Files.write(draft, MAPPER.writeValueAsBytes(content));
      Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The JSON text of a record.
  public static String text(Object content) {
    try {
      return MAPPER.writeValueAsString(content);
    } catch (JacksonException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Reads a record.
  ///
  /// @throws UncheckedIOException when the file cannot be read or is not of that form
  public static <T> T read(Path file, Class<T> type) {
    try {
      return MAPPER.readValue(Files.readAllBytes(file), type);
    } catch (JacksonException e) {
      throw new UncheckedIOException(
          new IOException(file + ": not a file of this kind: " + e.getOriginalMessage(), e));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
