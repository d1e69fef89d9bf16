package dev.tfreg.client;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Holds off other pulls of the same artifact: those of other processes by a lock on a file, those
 * of this process, for which such locks do not work, by a mutex.
 */
final class ArtifactLock {
  private static final Map<Path, ReentrantLock> MUTEXES = new ConcurrentHashMap<>();

  private final ReentrantLock mutex;
  private final FileChannel channel;

  private ArtifactLock(ReentrantLock mutex, FileChannel channel) {
    this.mutex = mutex;
    this.channel = channel;
  }

  /** Waits for the lock. The file is never deleted, so that all lock the same one. */
  static ArtifactLock acquire(Path file) throws IOException, InterruptedException {
    Files.createDirectories(file.getParent());
    ReentrantLock mutex = MUTEXES.computeIfAbsent(file, key -> new ReentrantLock());
    mutex.lockInterruptibly();
    try {
      return new ArtifactLock(mutex, lockedChannel(file));
    } catch (IOException | RuntimeException failure) {
      mutex.unlock();
      throw failure;
    }
  }

  void close() throws IOException {
    try {
      channel.close(); // releases the lock
    } finally {
      mutex.unlock();
    }
  }

  private static FileChannel lockedChannel(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      channel.lock();
      return channel;
    } catch (IOException | RuntimeException failure) {
      channel.close();
      throw failure;
    }
  }
}
