public import CLIPUnits

extension Device {
  /// A device that was measured as a whole: what making it emits is known, and all that it draws is in its measurements.
  /// - Parameters:
  ///   - name: for people
  ///   - carbon: of making one device
  ///   - source: where that figure is from
  public static func measured(_ name: String, carbon: KilogramsCO2e, source: String) -> Device {
    Device(
      code: "measured", name: name,
      parts: [Part(name: "device", carbon: carbon, spread: readSpread, source: source, isVerified: true)],
      alwaysPower: .zero, energyPerInference: .zero, efficiency: 1, share: 1, powerSource: source,
      isPowerVerified: true)
  }
}
