internal import CLIPFiles
public import CLIPModelShapes
public import CLIPUnits

/// Where and how chips are made and used: all that turns a design's area, latency and energy into carbon.
public struct Scenario: Equatable, Sendable {
  /// A name for people.
  public var name: String
  /// How the chip is made.
  public var manufacture: Manufacture
  /// How much it is used.
  public var lifetime: Lifetime
  /// Which work an inference is.
  public var use: ModelUse
  /// The grid that it is used on.
  public var grid: GridIntensity
  /// Power usage effectiveness: 1 for a device, more in a data center.
  public var pue: Double
  /// From the beginning of an inference, the time that idle power is counted for; nil counts none.
  public var deadline: Seconds?
  /// Whether the accelerator serves this model alone, so that weights that fit stay on it from one inference to the next.
  public var keepsWeights: Bool
  /// Of the memories that designs name, in degrees C.
  public var temperature = 45.0
  /// How long the device serves, when this use is only a part of its life; nil charges this use with all of it.
  public var deviceLifetime: Seconds?
  /// What searching and training the model has emitted, all of it.
  public var modelCarbon: KilogramsCO2e
  /// How many devices share ``modelCarbon``.
  public var devices: Double
  /// How well the inputs are known.
  public var uncertainty: UncertaintyRanges

  /// A scenario from its parts.
  public init(
    name: String, manufacture: Manufacture, lifetime: Lifetime, use: ModelUse = .pair, grid: GridIntensity,
    pue: Double = OperationalCarbon.defaultPUE, deadline: Seconds? = nil, keepsWeights: Bool = true,
    deviceLifetime: Seconds? = nil, modelCarbon: KilogramsCO2e = .zero, devices: Double = 1,
    uncertainty: UncertaintyRanges
  ) {
    self.name = name
    self.manufacture = manufacture
    self.lifetime = lifetime
    self.use = use
    self.grid = grid
    self.pue = pue
    self.deadline = deadline
    self.keepsWeights = keepsWeights
    self.deviceLifetime = deviceLifetime
    self.modelCarbon = modelCarbon
    self.devices = devices
    self.uncertainty = uncertainty
  }

  /// From the beginning of an inference, the time that waiting is counted for: until the deadline, but no longer than
  /// until the next inference begins; nil counts none.
  public var waitingPeriod: Seconds? {
    guard let deadline, let interval = lifetime.interval, interval.isFinite else { return deadline }
    return min(deadline, interval)
  }

  /// How long the first image of a run waits for the last: images that share a fetch of weights come one after another.
  public var collecting: Seconds {
    guard use.imagesPerFetch > 1, let interval = lifetime.interval else { return .zero }
    return interval * Double(use.imagesPerFetch - 1)
  }

  /// What is counted.
  public var boundary: Boundary {
    get { manufacture.boundary }
    set { manufacture.boundary = newValue }
  }

  /// The part of the embodied carbon that this use answers for: T / LT, at most 1.
  public var embodiedShare: Double {
    guard let span = lifetime.span, let deviceLifetime, deviceLifetime > .zero else { return 1 }
    return min(1, span / deviceLifetime)
  }

  /// A design's carbon over its life.
  ///
  ///     energy per inference = energy + idle power * (min(deadline, 1 / rate) - latency)
  ///     operational          = inferences * energy per inference * PUE * intensity
  ///     total                = operational + T / LT * embodied + carbon of the model / devices
  ///
  /// In the boundary device the electricity of the rest of the device, and what supply or battery lose, are counted too.
  ///
  /// Source: Gupta et al., "ACT", ISCA 2022, equations 1 and 2.
  /// - Throws: `InputError` for figures that make no sense; see ``DesignFigures/checked()`` and
  ///   ``Manufacture/embodied(area:modelBytes:)``.
  public func carbon(of design: DesignFigures) throws -> LifetimeCarbon {
    let design = try design.checked()
    let pue = try OperationalCarbon.checkedPUE(pue)
    if deviceLifetime != nil, lifetime.span == nil {
      throw InputError(
        "device-lifetime: needs the time of use, not only a number of inferences",
        advice: "give lifetime, rate and duty instead")
    }
    guard devices >= 1, modelCarbon >= .zero, modelCarbon.isFinite else {
      throw InputError("devices: expected 1 or more, and a model's carbon of 0 or more")
    }
    guard (deviceLifetime ?? Lifetime.year).isFinite, (deviceLifetime ?? Lifetime.year) > .zero else {
      throw InputError("device-lifetime: expected more than 0 s, found \(deviceLifetime ?? .zero)")
    }
    let embodied: EmbodiedCarbon
    do {
      embodied =
        design.isOfDevice
        ? manufacture.embodiedOfDevice
        : try manufacture.embodied(
          area: design.area, modelBytes: design.modelBytes, memories: design.memories)
    } catch var error as InputError {
      if error.location == nil { error.location = design.name }
      throw error
    }
    let idle = max(.zero, (waitingPeriod ?? .zero) - design.latency)
    let idleEnergy = design.idlePower * idle
    let lifetimeEnergy = (design.energy + idleEnergy) * lifetime.inferences
    if boundary == .device, manufacture.device == nil {
      throw InputError(
        "boundary: device needs a device", advice: "name one of \(try Device.names().joined(separator: ", "))")
    }
    var deviceEnergy: Joules?
    if let device = manufacture.device, lifetime.span != nil || boundary == .device {
      deviceEnergy = try device.energy(besides: lifetimeEnergy, over: lifetime)
    }
    return LifetimeCarbon(
      design: design, scenario: self, embodied: embodied, embodiedShare: embodiedShare, idleEnergy: idleEnergy,
      lifetimeEnergy: lifetimeEnergy, deviceEnergy: deviceEnergy,
      chipOperational: OperationalCarbon.carbon(of: lifetimeEnergy, pue: pue, on: grid.intensity),
      deviceOperational: deviceEnergy.map { OperationalCarbon.carbon(of: $0, pue: pue, on: grid.intensity) })
  }
}
