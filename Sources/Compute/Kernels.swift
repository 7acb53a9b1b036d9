import CCLIPOpenBLAS
import CCLIPVectorKernels
internal import CLIPSystem

/// Sets OpenBLAS to one thread, once for the process: our own pool calls it from many.
let selectKernels: Void = openblas_set_num_threads(1)

/// What multiplies matrices here, for reports.
public enum MatrixKernels {
  /// The family of OpenBLAS's kernels in use, such as "Cooperlake" or "Haswell".
  public static var name: String {
    selectKernels
    return String(cString: openblas_get_corename())
  }

  /// Whether a row of a product of floats has the same bits wherever it stands. OpenBLAS's kernels for AVX2 sum six of each
  /// twelve rows in another order, but our own stand in their place for weights of up to 524,288 elements.
  package static var treatsRowsAlike: Bool { ProductArithmetic.hasOwnFloats || !["Haswell", "Zen"].contains(name) }

  /// What to do when a setting holds OpenBLAS back, or nil.
  ///
  /// `OPENBLAS_CORETYPE` is the user's to set (it can be a cure for a faulty kernel), so it is obeyed; but it is easily
  /// forgotten in a container, and AVX2 kernels give half the rate on a processor with AVX-512.
  public static var advice: String? {
    guard let setting = getenv("OPENBLAS_CORETYPE") else { return nil }
    let isWide = ["SkylakeX", "Cooperlake", "Sapphirerapids"].contains(name)
    guard vk_processor_has_avx512() != 0, !isWide else { return nil }
    return
      "OPENBLAS_CORETYPE=\(String(cString: setting)) keeps OpenBLAS from this processor's AVX-512 kernels; unset it to run about twice as fast"
  }
}
