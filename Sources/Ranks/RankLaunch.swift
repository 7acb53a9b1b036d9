/// What the environment says of how this process was started: by whom, as one of how many, and with which MPI library.
///
/// Sources: `mpirun(1)` of OpenMPI 4.1 (OMPI_COMM_WORLD_SIZE); MPICH's PMI (PMI_SIZE); PMIx (PMIX_RANK); `srun(1)`
/// (SLURM_STEP_NUM_TASKS).
package struct RankLaunch: Equatable {
  /// `mpirun` or `srun`.
  package let launcher: String
  /// How many processes were started.
  package let ranks: Int
  /// Names of the library, the likeliest first.
  package let libraries: [String]

  /// Nil where nobody started ranks.
  package init?(_ environment: [String: String]) {
    func number(_ name: String) -> Int? { environment[name].flatMap { Int($0) } }
    let openMPI = ["libmpi.so.40", "libmpi.so"], mpich = ["libmpich.so.12", "libmpi.so.12", "libmpich.so", "libmpi.so"]
    let chosen = environment["CARBONCLIP_MPI"].flatMap { $0.isEmpty ? nil : [$0] }
    if let size = number("OMPI_COMM_WORLD_SIZE") {
      (launcher, ranks, libraries) = ("mpirun", size, chosen ?? openMPI)
    } else if let size = number("SLURM_STEP_NUM_TASKS"), environment["SLURM_PROCID"] != nil {
      // A task of an array or of sbatch alone is a step of one.
      let prefersOpenMPI = environment["PMIX_RANK"] != nil
      (launcher, ranks, libraries) = ("srun", size, chosen ?? (prefersOpenMPI ? openMPI + mpich : mpich + openMPI))
    } else if let size = number("PMI_SIZE") {
      (launcher, ranks, libraries) = ("mpirun", size, chosen ?? mpich)
    } else {
      return nil
    }
  }
}
