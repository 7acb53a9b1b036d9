import CCLIPZlib

/// Which file system a path lies on, as far as it matters: whether several machines, or another program, stand behind it.
package enum FileSystem {
  /// File systems whose locks and shared memory do not hold between machines, by their magic numbers, with their names.
  ///
  /// Sources: Linux's include/uapi/linux/magic.h and statfs(2); Lustre's lustre_user.h (LL_SUPER_MAGIC); BeeGFS's
  /// FhgfsOpsSuper.h; the others as coreutils' stat.c lists them.
  package static let shared: [Int64: String] = [
    0x6969: "NFS", 0xFF53_4D42: "CIFS", 0xFE53_4D42: "SMB", 0x517B: "SMB", 0x0BD0_0BD0: "Lustre",
    0x6573_5546: "FUSE", 0x0102_1997: "9p", 0x5346_414F: "AFS", 0x6B41_4653: "AFS", 0x00C3_6400: "Ceph",
    0x4750_4653: "GPFS", 0x1983_0326: "BeeGFS", 0x7375_7245: "Coda", 0x564C: "NCP", 0x2003_0528: "OrangeFS",
    0x7461_636F: "OCFS2", 0x0116_1970: "GFS2", 0x786F_4256: "VirtualBox's shared folders", 0xAAD7_AAEA: "PanFS",
  ]

  /// The file system's name where it is one of ``shared``; asked of the nearest folder above where the path is not there.
  package static func sharedName(_ path: String) -> String? {
    var place = path.isEmpty ? "." : path
    while true {
      let magic = carbonclip_filesystem_magic(place)
      if magic >= 0 { return shared[magic] }
      let above = Folder.parent(of: place)
      if above == place { return nil }
      place = above
    }
  }

  static func isShared(_ path: String) -> Bool { sharedName(path) != nil }
}
