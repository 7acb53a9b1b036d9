import Testing

@Suite("Optimization") struct OptimizationPlaceholderTests {}
