public import CLIPFiles

extension AcceleratorDesign {
  /// Every knob as plain data; names carry their units.
  public var json: JSONObject {
    [
      "clusters": .integer(clusters), "width": .integer(width), "depth": .integer(depth),
      "l2_kb": .integer(l2Kilobytes), "l2_bytes_per_cycle": .integer(l2BytesPerCycle),
      "buffer_kb": .integer(bufferKilobytes), "buffer_bytes_per_cycle": .integer(bufferBytesPerCycle),
      "dram_bytes_per_cycle": .integer(memoryBytesPerCycle), "clock_hz": .number(clock),
    ]
  }
}
