/// Memory that the C library keeps after it was freed.
package enum FreedMemory {
  private typealias Trim = @convention(c) (Int) -> Int32

  /// glibc's `malloc_trim`, which Swift's module of it does not declare; nil with another library.
  private static let trim: Trim? = dlsym(dlopen(nil, RTLD_NOW), "malloc_trim").map {
    unsafeBitCast($0, to: Trim.self)
  }

  /// Gives it back to the system: glibc keeps blocks of up to 32 MB.
  package static func giveBack() { _ = trim?(0) }
}
