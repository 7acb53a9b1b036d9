import CLIPModelShapes

/// Samples of an epoch that cost a student as much training as they would cost its teacher.
///
///     samples * min(10, teacher's multiply-adds / student's)
///
/// Source: CATransformers trains each candidate for as many FLOPs as the dense model, at most ten times as long
/// (arXiv:2505.01386, section 4.1, and its code). Forward and backward passes are in proportion, so the ratio of
/// multiply-adds is that of training.
enum EqualFLOPs {
  /// The most that a small student's epoch is stretched.
  static let cap = 10.0

  /// - Parameters:
  ///   - samples: of an epoch without it
  ///   - teacher: multiply-adds of one picture and one text
  static func samples(_ samples: Int, of student: CLIPConfiguration, teacher: Int) -> Int {
    let own = student.imageMultiplyAdds + student.textMultiplyAdds
    let ratio = min(cap, max(1, Double(teacher) / Double(max(own, 1))))
    // Samples come from a flag; what is beyond all numbers is beyond all times, too.
    return Int(exactly: (Double(samples) * ratio).rounded()) ?? .max
  }
}
