/// Whether two numbers differ by at most a part of the second.
func isClose(_ found: Double, _ expected: Double, _ tolerance: Double = 1e-12) -> Bool {
  abs(found - expected) <= tolerance * abs(expected)
}
