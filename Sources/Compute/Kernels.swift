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

  /// Rows that the kernels compute at a time; those that are left over they compute in another order of sums.
  ///
  /// Found by comparing products of 1 to 96 rows to the bit: with AVX2 (`sgemm_kernel_16x4_haswell`) whole dozens agree and
  /// no rest does; the kernels for AVX, SSE and AVX-512 agree for all.
  static let rowBlock = ["Haswell", "Zen"].contains(name) ? 12 : 1

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
