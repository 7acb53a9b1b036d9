import COpenBLAS

/// Chooses OpenBLAS's kernels and sets it to one thread, once for the process: our own pool calls it from many.
let selectKernels: Void = {
  carbonclip_openblas_select_core()
  openblas_set_num_threads(1)
}()

/// What multiplies matrices here, for reports.
public enum MatrixKernels {
  /// The family of OpenBLAS's kernels in use, such as "Cooperlake" or "Haswell".
  public static var name: String {
    selectKernels
    return String(cString: carbonclip_openblas_core())
  }
}
