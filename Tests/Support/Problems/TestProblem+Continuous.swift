internal import CLIPSystem

extension TestProblem {
  /// DTLZ2: a front on the unit sphere, as many axes as wanted.
  ///
  ///     f_m = (1 + g) cos(x_1 π/2) ... sin(x_{M-m+1} π/2),   g = Σ (x_i - ½)² over the last axes
  ///
  /// Source: Deb, Thiele, Laumanns, Zitzler, "Scalable test problems for evolutionary multiobjective optimization", 2005,
  /// section 6.7.2. Reference point 1.1 in each objective, as in BoTorch.
  /// - Throws: `InputError` for fewer than 2 objectives, or not more axes than those.
  public static func dtlz2(objectives: Int = 2, axes: Int = 6, levels: Int = 5) throws -> TestProblem {
    let objectives = max(2, objectives), sizes = Array(repeating: levels, count: max(axes, objectives))
    return try TestProblem(
      name: "dtlz2-\(objectives)", sizes: sizes, reference: Array(repeating: 1.1, count: objectives)
    ) { point in
      let x = place(point, sizes, Array(repeating: 0...1, count: sizes.count))
      let g = x[(objectives - 1)...].reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) }
      let values = (0..<objectives).map { m -> Double in
        var value = 1 + g
        for axis in 0..<(objectives - 1 - m) { value *= cos(x[axis] * .pi / 2) }
        if m > 0 { value *= sin(x[objectives - 1 - m] * .pi / 2) }
        return value
      }
      return (values, [])
    }
  }

  /// Binh and Korn's problem: two axes, two constraints.
  ///
  /// Source: Binh and Korn, "MOBES: a multiobjective evolution strategy for constrained optimization problems", Mendel 1997.
  /// - Throws: `InputError` for no levels.
  public static func bnh(levels: Int = 41) throws -> TestProblem {
    let sizes = [levels, levels]
    return try TestProblem(name: "bnh", sizes: sizes, reference: [150, 55]) { point in
      let x = place(point, sizes, [0...5, 0...3])
      return (
        [4 * x[0] * x[0] + 4 * x[1] * x[1], (x[0] - 5) * (x[0] - 5) + (x[1] - 5) * (x[1] - 5)],
        [
          (x[0] - 5) * (x[0] - 5) + x[1] * x[1] - 25,
          7.7 - (x[0] - 8) * (x[0] - 8) - (x[1] + 3) * (x[1] + 3),
        ]
      )
    }
  }

  /// Osyczka and Kundu's problem: six axes, six constraints that leave little.
  ///
  /// Source: Osyczka and Kundu, "A new method to solve generalized multicriteria optimization problems using the simple
  /// genetic algorithm", Structural Optimization 10, 1995. Reference point (0, 80).
  /// - Throws: `InputError` for no levels.
  public static func osy(levels: Int = 11) throws -> TestProblem {
    let sizes = Array(repeating: levels, count: 6)
    return try TestProblem(name: "osy", sizes: sizes, reference: [0, 80]) { point in
      let x = place(point, sizes, [0...10, 0...10, 1...5, 0...6, 1...5, 0...10])
      func square(_ value: Double) -> Double { value * value }
      let first =
        -(25 * square(x[0] - 2) + square(x[1] - 2) + square(x[2] - 1) + square(x[3] - 4) + square(x[4] - 1))
      return (
        [first, x.reduce(0) { $0 + $1 * $1 }],
        [
          2 - x[0] - x[1], x[0] + x[1] - 6, x[1] - x[0] - 2, x[0] - 3 * x[1] - 2,
          square(x[2] - 3) + x[3] - 4, 4 - square(x[4] - 3) - x[5],
        ]
      )
    }
  }

  /// A disc brake's mass and stopping time: three continuous axes, cut into levels, and a whole number of disks.
  ///
  /// Source: Ray and Liew, "A swarm metaphor for multiobjective design optimization", Engineering Optimization 34, 2002, in
  /// the form of Tanabe and Ishibuchi, "An easy-to-use real-world multi-objective optimization problem suite", Applied Soft
  /// Computing 89, 2020 (their CRE2-3). Reference point (5.75, 3.5).
  /// - Throws: `InputError` for no levels.
  public static func discBrake(levels: Int = 11) throws -> TestProblem {
    let sizes = [levels, levels, levels, 10]
    return try TestProblem(name: "disc-brake", sizes: sizes, reference: [5.75, 3.5]) { point in
      let x = place(point, sizes, [55...80, 75...110, 1000...3000, 11...20])
      let squares = x[1] * x[1] - x[0] * x[0], cubes = x[1] * x[1] * x[1] - x[0] * x[0] * x[0]
      // Where both radii are the same the formulas divide by nothing.
      let ring = squares == 0 ? 1 : squares, volume = cubes == 0 ? 1 : cubes
      return (
        [4.9e-5 * squares * (x[3] - 1), 9.82e6 * ring / (x[2] * x[3] * volume)],
        [
          20 - (x[1] - x[0]), x[2] / (3.14 * ring) - 0.4,
          2.22e-3 * x[2] * volume / (ring * ring) - 1,
          900 - 2.66e-2 * x[2] * x[3] * volume / ring,
        ]
      )
    }
  }
}
