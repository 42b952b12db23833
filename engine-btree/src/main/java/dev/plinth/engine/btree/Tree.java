package dev.plinth.engine.btree;

import dev.plinth.kit.memory.Keys;
import dev.plinth.kit.memory.RawMemory;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// The tree as its writer sees it: puts, deletes, range deletes on pages of its own generation.
///
/// Copy-on-write between generations: a page belongs to the generation that made it; the writer
/// changes pages of the present one in place and copies all others, path by path up to the root.
/// [#freeze] ends a generation: from then on its tree never changes, which is what snapshots,
/// cursors and commits take. Invariants, with the writer's lock held by whoever calls:
/// 1. Children are never younger than their parent, so the pages of the present generation are the
///    top of every path.
/// 2. A change shows at one place: a leaf, an inner page or the root. Splits and merges make fresh
///    pages and publish them by one change of the page above. So a reader that goes down while
///    changes are made always sees one of the states between.
/// 3. The page above a dirty page is dirty.
///
/// Callers are inside an epoch and have reserved frames ([PageCache#reserve]) and pages
/// ([Space#ensure]) before every operation.
final class Tree {
  private static final int SEQUENTIAL_RUN = 4;

  /// A page by its number and checksum; the checksum counts only when the page must be read.
  record Root(long number, int crc) {}

  final TreeFile file;
  final Space space;
  final PageLayout layout;
  final PageCache cache;
  final WriterMemory memory;
  final PageBuilder builder;
  final Extents extents;
  private final LongKeys keys;
  final Merging merging = new Merging(this);

  private volatile Root published;
  private Root working;
  private volatile long frozen;
  private long commitsBegun;
  private boolean touched;
  private boolean transaction;
  private Root beforeTransaction;
  private long entriesBefore;
  private long bytesBefore;
  private long extentPagesBefore;

  private long entries;
  private long bytes;
  private long extentPages;

  final long[] pathPages = new long[WriterMemory.LEVELS_MAX];
  final long[] pathNumbers = new long[WriterMemory.LEVELS_MAX];
  final int[] pathSlots = new int[WriterMemory.LEVELS_MAX];
  private int depth;
  private long lastLeaf;
  private int lastIndex;
  private int ascending;

  /// The generation in which the path stands on pages of the writer's own; -1 when it may not.
  private long pathGeneration = -1;

  /// Whether the last key lay in the leaf of the one before it.
  private boolean local;

  /// @param root the tree to begin with
  /// @param generation the generation of that tree; the first of the writer's own follows it
  Tree(TreeFile file, Space space, Root root, long generation, Meta.Content content) {
    this.file = file;
    this.space = space;
    this.layout = file.layout();
    this.cache = file.cache();
    this.memory = new WriterMemory(layout.pageBytes());
    this.builder = new PageBuilder(layout, memory.key(0), 2 * layout.pageBytes());
    this.extents = new Extents(this, layout.pageBytes());
    this.keys = file.keys();
    this.published = root;
    this.working = root;
    this.beforeTransaction = root;
    this.frozen = generation;
    this.commitsBegun = generation;
    this.entries = content.entries();
    this.bytes = content.bytes();
    this.extentPages = content.extentPages();
  }

  /// The tree that readers see.
  Root published() {
    return published;
  }

  /// The newest generation that never changes any more; the writer's is the next one.
  long frozen() {
    return frozen;
  }

  /// Whether no commit, begun or done, holds a page. While a hidden tree is built, a commit of the
  /// shown one may begin at any time, so then only pages of the hidden one are sure.
  boolean isNeverDurable(long page) {
    return PageLayout.generation(page) > (transaction ? frozen : commitsBegun);
  }

  long generation() {
    return frozen + 1;
  }

  long entries() {
    return transaction ? entriesBefore : entries;
  }

  long bytes() {
    return transaction ? bytesBefore : bytes;
  }

  /// What the published tree holds.
  Meta.Content content() {
    return new Meta.Content(entries(), bytes(), transaction ? extentPagesBefore : extentPages);
  }

  /// Notes that a long value or key was written to pages of its own, or that it was freed.
  ///
  /// @param pages below 0 when it was freed
  void extentAdded(int pages) {
    extentPages += pages;
  }

  /// Whether there is any long value or key.
  boolean hasExtents() {
    return extentPages > 0;
  }

  int depth() {
    return depth;
  }

  /// Pages that one put or delete takes at most: a copy and a split of every level.
  int pagesPerWrite() {
    return 2 * Math.max(depth, 4) + 4;
  }

  /// Pages that one range delete takes at most: two paths, and merges along both.
  int pagesPerRange() {
    return 3 * pagesPerWrite();
  }

  /// Gives an empty file its first page.
  void createRoot() {
    long number = space.allocate();
    long page = frame();
    builder.begin(true);
    builder.write(page, 0, 0, 0, generation(), number);
    cache.installDirty(page, number);
    touched = true;
    setRoot(number, 0);
  }

  /// Ends the present generation; its tree never changes again. In a transaction the published tree
  /// is frozen already.
  ///
  /// @return the generation of the tree that is published
  long freeze() {
    if (touched && !transaction) {
      frozen = generation();
      touched = false;
    }
    return frozen;
  }

  /// Says that a commit of everything frozen begins: pages up to that generation may be in a
  /// durable tree from now on.
  void commitBegins(long generation) {
    commitsBegun = generation;
  }

  /// Whether anything was changed since a generation was frozen.
  boolean isChangedSince(long generation) {
    return touched || frozen > generation;
  }

  /// Hides changes from readers until [#publish].
  void begin() {
    freeze();
    pathGeneration = -1;
    transaction = true;
    beforeTransaction = working;
    entriesBefore = entries;
    bytesBefore = bytes;
    extentPagesBefore = extentPages;
    space.beginTransaction();
  }

  /// Shows the changes since [#begin], all at once.
  void publish() {
    transaction = false;
    space.endTransaction(generation());
    published = working;
  }

  /// Takes the changes since [#begin] back.
  void abort() {
    pathGeneration = -1;
    transaction = false;
    space.abortTransaction(generation());
    working = beforeTransaction;
    entries = entriesBefore;
    bytes = bytesBefore;
    extentPages = extentPagesBefore;
    // The pages of this generation that were thrown away must not be taken for the writer's own.
    touched = true;
    freeze();
  }

  /// The tree that the writer works on.
  Root root() {
    return working;
  }

  /// The tree that the writer works on; whoever asks may write its pages to the file.
  Root working() {
    pathGeneration = -1;
    return working;
  }

  boolean isInTransaction() {
    return transaction;
  }

  WriterMemory memory() {
    return memory;
  }

  void close() {
    memory.close();
  }

  /// Gives a key a value.
  ///
  /// @param valueField as in a leaf's cell
  /// @param payload the address of the value or the extent reference
  /// @throws StorageException.NoSpace when there is no room for the rest of a long key; then the
  ///   tree is as before
  void put(
      MemorySegment key, long offset, int length, int valueField, long payload, int valueLength) {
    int found = ownLeaf(key, offset, length);
    long leaf = pathPages[depth - 1];
    boolean insert = found < 0;
    int index = insert ? ~found : found;
    if (!insert) {
      int field = PageLayout.valueField(leaf, index);
      long changed = (long) valueLength - PageLayout.valueLength(leaf, index);
      if (PageLayout.payloadBytes(field) == PageLayout.payloadBytes(valueField)) {
        bytes += changed;
        extents.freeValue(leaf, index);
        PageEditor.overwrite(leaf, index, valueField, payload);
        return;
      }
      replace(leaf, index, valueField, payload, changed);
      return;
    }
    noteOrder(pathNumbers[depth - 1], index);
    long copy = memory.key(2);
    int keyField = extents.storeKey(key, offset, length, copy);
    boolean good = false;
    try {
      place(leaf, index, true, copy, keyField, valueField, payload);
      good = true;
    } finally {
      if (!good && keyField != length) {
        extents.free(copy + PageFormat.localLength(keyField));
      }
    }
    entries++;
    bytes += length + (long) valueLength;
  }

  /// Gives an entry a value of another length.
  private void replace(long leaf, int index, int valueField, long payload, long changed) {
    long old = memory.key(8);
    boolean extent = (PageLayout.valueField(leaf, index) & PageFormat.EXTENT) != 0;
    if (extent) {
      RawMemory.copy(PageLayout.payload(leaf, index), old, PageFormat.EXTENT_REFERENCE_BYTES);
    }
    noteOrder(pathNumbers[depth - 1], index);
    long copy = memory.key(2);
    int keyField = layout.copyKey(leaf, index, copy);
    place(leaf, index, false, copy, keyField, valueField, payload);
    if (extent) {
      extents.free(old);
    }
    bytes += changed;
  }

  /// Puts an entry into a leaf of the writer's own, splitting it where it must.
  ///
  /// @param key as pages store it
  private void place(
      long leaf, int index, boolean insert, long key, int keyField, int field, long payload) {
    int prefix = PageLayout.prefixLength(leaf);
    int needed =
        PageFormat.LEAF_CELL_BYTES
            + (PageFormat.storedBytes(keyField) - prefix)
            + PageLayout.payloadBytes(field)
            + (insert ? PageFormat.SLOT_BYTES : 0);
    if (needed <= PageLayout.gap(leaf) && sharesPrefix(leaf, key, keyField)) {
      PageEditor.putEntry(leaf, index, insert, key + prefix, keyField - prefix, field, payload);
      return;
    }
    builder.begin(true);
    builder.add(leaf, 0, index);
    builder.addEntry(key, keyField, field, payload);
    builder.add(leaf, insert ? index : index + 1, PageLayout.count(leaf));
    rebuildOrSplit(depth - 1, insert && isAppend(index));
  }

  /// Whether the leaf at the end of the path is in its frame and dirty, or dirty again: it may have
  /// been written ahead, even evicted, since the path was gone. The pages above are only written by
  /// commits, which end the generation.
  private boolean isLeafStillOwn() {
    long leaf = pathPages[depth - 1];
    return cache.isFoundAs(leaf, pathNumbers[depth - 1]) && cache.markDirty(leaf);
  }

  /// Goes down to the leaf of a key and makes its path the writer's own; stays where it is when the
  /// keys come in order.
  ///
  /// @return where the key is in the leaf, as [PageLayout#find] says it
  private int ownLeaf(MemorySegment key, long offset, int length) {
    boolean own = pathGeneration == generation();
    if (own && local && isLeafStillOwn()) {
      long leaf = pathPages[depth - 1];
      int found = find(leaf, key, offset, length);
      if (found >= 0 || (~found > 0 && (~found < PageLayout.count(leaf) || isLast(depth - 1)))) {
        return found;
      }
    }
    long before = own ? pathNumbers[depth - 1] : -1;
    own(key, offset, length);
    pathGeneration = generation();
    if (own) {
      local = pathNumbers[depth - 1] == before;
    }
    return find(pathPages[depth - 1], key, offset, length);
  }

  private int find(long leaf, MemorySegment key, long offset, int length) {
    return keys.find(leaf, LongKeys.STILL, key, offset, length);
  }

  /// Removes a key.
  ///
  /// @return whether it was there
  boolean delete(MemorySegment key, long offset, int length) {
    descend(key, offset, length);
    if (find(pathPages[depth - 1], key, offset, length) < 0) {
      return false;
    }
    own(key, offset, length);
    long leaf = pathPages[depth - 1];
    int index = find(leaf, key, offset, length);
    removeEntries(leaf, index, index + 1);
    merging.rebalance(depth - 1);
    return true;
  }

  /// Removes entries of a leaf of the writer's own, with what they have in extents.
  void removeEntries(long leaf, int from, int to) {
    for (int i = from; i < to; i++) {
      forgetEntry(leaf, i);
    }
    if (from < to) {
      PageEditor.removeEntries(leaf, from, to);
    }
  }

  /// Counts an entry as gone and frees what it has in extents.
  void forgetEntry(long leaf, int index) {
    entries--;
    bytes -= PageLayout.keyLength(leaf, index) + (long) PageLayout.valueLength(leaf, index);
    extents.freeValue(leaf, index);
    extents.freeKey(leaf, index);
  }

  /// Removes a child of an inner page of the writer's own, with the rests of keys that go with it.
  void removeChild(long page, int index) {
    extents.freeKey(page, index);
    if (index == 0 && PageLayout.count(page) > 1) {
      extents.freeKey(page, 1);
    }
    PageEditor.removeChild(page, index);
  }

  /// Goes down to the leaf that holds a key.
  void descend(MemorySegment key, long offset, int length) {
    pathGeneration = -1;
    long number = working.number;
    int crc = working.crc;
    depth = 0;
    while (true) {
      long page = read(number, crc);
      pathPages[depth] = page;
      pathNumbers[depth] = number;
      if (PageLayout.isLeaf(page)) {
        depth++;
        return;
      }
      int slot = keys.findChild(page, LongKeys.STILL, key, offset, length);
      pathSlots[depth++] = slot;
      number = PageLayout.child(page, slot);
      crc = PageLayout.childCrc(page, slot);
    }
  }

  long read(long number, int crc) {
    long page = file.page(number, crc, 0);
    if (page == 0) {
      throw new IllegalStateException("no frame is free although some were reserved");
    }
    return page;
  }

  private long frame() {
    long page = cache.take(0);
    if (page == 0) {
      throw new IllegalStateException("no frame is free although some were reserved");
    }
    return page;
  }

  /// Goes down to the leaf that holds a key, and makes every page of the path the writer's own.
  void own(MemorySegment key, long offset, int length) {
    do {
      descend(key, offset, length);
    } while (!ownPath());
  }

  boolean ownPath() {
    touched = true;
    int level = 0;
    while (level < depth && PageLayout.generation(pathPages[level]) == generation()) {
      if (!cache.markDirty(pathPages[level])) {
        return false;
      }
      level++;
    }
    if (level < depth) {
      copyPath(level);
    }
    return true;
  }

  private void copyPath(int from) {
    for (int i = from; i < depth; i++) {
      long old = pathPages[i];
      long oldNumber = pathNumbers[i];
      long page = frame();
      long number = space.allocate();
      RawMemory.copy(old, page, layout.pageBytes());
      RawMemory.putLong(page + PageFormat.GENERATION, generation());
      RawMemory.putLong(page + PageFormat.NUMBER, number);
      space.free(oldNumber, 1, generation(), isNeverDurable(old));
      pathPages[i] = page;
      pathNumbers[i] = number;
    }
    for (int i = depth - 1; i >= from; i--) {
      if (i < depth - 1) {
        RawMemory.putLong(
            pathPages[i] + PageLayout.cell(pathPages[i], pathSlots[i]), pathNumbers[i + 1]);
      }
      cache.installDirty(pathPages[i], pathNumbers[i]);
    }
    if (from == 0) {
      setRoot(pathNumbers[0], 0);
    } else {
      PageEditor.setChild(pathPages[from - 1], pathSlots[from - 1], pathNumbers[from], 0);
    }
  }

  void setRoot(long number, int crc) {
    working = new Root(number, crc);
    if (!transaction) {
      published = working;
    }
  }

  private boolean sharesPrefix(long page, long key, int keyField) {
    int prefix = PageLayout.prefixLength(page);
    int local = PageFormat.localLength(keyField);
    int most = keyField == local ? local : local - PageFormat.HEAD_BYTES;
    return prefix <= most
        && Keys.equal(RawMemory.all(), layout.prefix(page), prefix, RawMemory.all(), key, prefix);
  }

  /// Notices keys that come in ascending order, for splits.
  private void noteOrder(long leaf, int index) {
    ascending = leaf == lastLeaf && index == lastIndex + 1 ? ascending + 1 : 0;
    lastLeaf = leaf;
    lastIndex = index;
  }

  /// Whether an entry at the end of its leaf most likely has successors: the tree's last leaf, or
  /// keys that have come in order.
  private boolean isAppend(int index) {
    if (index != PageLayout.count(pathPages[depth - 1])) {
      return false;
    }
    return ascending >= SEQUENTIAL_RUN || isLast(depth - 1);
  }

  private boolean isLast(int level) {
    for (int i = 0; i < level; i++) {
      if (pathSlots[i] != PageLayout.count(pathPages[i]) - 1) {
        return false;
      }
    }
    return true;
  }

  /// Gives the page at a level of the path the entries of the builder, or splits it.
  ///
  /// @param append cut off only the new, last entry; the others are as they are in the page
  private void rebuildOrSplit(int level, boolean append) {
    long page = pathPages[level];
    int count = builder.count();
    if (builder.runBytes(0, count) <= layout.capacity()) {
      long scratch = memory.page(0);
      builder.write(scratch, 0, count, PageLayout.level(page), 0, 0);
      PageEditor.replace(page, scratch, layout.pageBytes());
      return;
    }
    pathGeneration = -1;
    if (append && count > 2) {
      appendPage(level, page, count);
      return;
    }
    int cut = builder.middle();
    long separator = separatorRoom(level);
    // First of all, since it may find no room for the rest of a long key.
    int separatorField = extents.separator(builder, cut, separator);
    long left = fresh(0, cut, PageLayout.level(page));
    long right = fresh(cut, count, PageLayout.level(page));
    addToParent(level, left, separator, separatorField, right);
    space.free(pathNumbers[level], 1, generation(), true);
  }

  /// Puts the builder's last entry on a page of its own behind the page at a level of the path,
  /// which stays as it is.
  private void appendPage(int level, long page, int count) {
    boolean leaf = PageLayout.isLeaf(page);
    long separator = separatorRoom(level);
    int separatorField = extents.separator(builder, count - 1, separator);
    long number = space.allocate();
    long right = frame();
    int prefix = leaf ? builder.sharedByLastTwo() : 0;
    builder.write(right, count - 1, count, PageLayout.level(page), generation(), number, prefix);
    cache.installDirty(right, number);
    if (leaf) {
      lastLeaf = number;
      lastIndex = 0;
    }
    addToParent(level, pathNumbers[level], separator, separatorField, number);
  }

  /// Where the separator of a split of a level stands until the level above has it.
  private long separatorRoom(int level) {
    return memory.key(6 + level % 2);
  }

  /// Makes a page of a run of the builder's entries.
  ///
  /// @return its number
  long fresh(int from, int to, int level) {
    long number = space.allocate();
    long page = frame();
    builder.write(page, from, to, level, generation(), number);
    cache.installDirty(page, number);
    return number;
  }

  /// Puts two pages in the place of one, below the page above it.
  void addToParent(int level, long left, long separator, int separatorField, long right) {
    if (level == 0) {
      builder.begin(false);
      builder.addChild(separator, 0, childCell(0, left));
      builder.addChild(separator, separatorField, childCell(1, right));
      setRoot(fresh(0, 2, PageLayout.level(pathPages[0]) + 1), 0);
      return;
    }
    long parent = pathPages[level - 1];
    int slot = pathSlots[level - 1];
    int prefix = PageLayout.prefixLength(parent);
    int needed =
        PageFormat.SLOT_BYTES
            + PageFormat.INNER_CELL_BYTES
            + PageFormat.storedBytes(separatorField)
            - prefix;
    if (needed <= PageLayout.gap(parent) && sharesPrefix(parent, separator, separatorField)) {
      PageEditor.putChild(
          parent, slot + 1, left, separator + prefix, separatorField - prefix, right);
      return;
    }
    boolean append =
        slot == PageLayout.count(parent) - 1
            && isLast(level - 1)
            && PageLayout.child(parent, slot) == left;
    long copy = memory.page(1 + level % 2);
    RawMemory.copy(parent, copy, layout.pageBytes());
    RawMemory.putLong(copy + PageLayout.cell(copy, slot), left);
    builder.begin(false);
    builder.add(copy, 0, slot + 1);
    builder.addChild(separator, separatorField, childCell(0, right));
    builder.add(copy, slot + 1, PageLayout.count(copy));
    rebuildOrSplit(level - 1, append);
  }

  /// A child and an unknown checksum, as in a cell.
  private long childCell(int index, long child) {
    long cell = memory.key(5) + 16L * index;
    RawMemory.putLong(cell, child);
    RawMemory.putInt(cell + PageFormat.CHILD_CRC, 0);
    return cell;
  }

  /// Removes all keys from `from` on and before `to`; null leaves a side open. In a transaction
  /// only.
  void deleteRange(byte @Nullable [] from, byte @Nullable [] to) {
    new RangeDelete(this, from, to).run();
  }
}
