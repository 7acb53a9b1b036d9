import CLIPTensors

extension Tensor {
  /// Tensors of one shape, one after another along the first axis.
  static func stacked(_ parts: [Tensor]) -> Tensor {
    let shape = parts[0].shape
    var result = Tensor(uninitialized: Shape([shape[0] * parts.count] + shape.extents.dropFirst()))
    result.withUnsafeMutableElements { target in
      for (index, part) in parts.enumerated() {
        part.withUnsafeElements { source in
          _ = UnsafeMutableBufferPointer(rebasing: target[index * source.count..<(index + 1) * source.count])
            .update(fromContentsOf: source)
        }
      }
    }
    return result
  }
}
