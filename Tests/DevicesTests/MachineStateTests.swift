import CLIPDevices
import CLIPFiles
import CLIPTestSupport
import Testing

@Suite("What the kernel tells of heat and speed")
struct MachineStateTests {
  @Test("sensors, frequencies, governor and load are read in the order of their numbers")
  func reading() throws {
    let scratch = try ScratchFolder(), root = scratch.path
    for (number, kind, value) in [(10, "gpu-thermal", "41000"), (2, "cpu-thermal", "61250")] {
      try Folder.make("\(root)/sys/class/thermal/thermal_zone\(number)")
      try AtomicFile.write("\(kind)\n", to: "\(root)/sys/class/thermal/thermal_zone\(number)/type")
      try AtomicFile.write("\(value)\n", to: "\(root)/sys/class/thermal/thermal_zone\(number)/temp")
    }
    // A sensor that is switched off cannot be read.
    try Folder.make("\(root)/sys/class/thermal/thermal_zone3")
    for (core, speed) in [(0, "1500000"), (1, "2400000")] {
      try Folder.make("\(root)/sys/devices/system/cpu/cpu\(core)/cpufreq")
      try AtomicFile.write(speed, to: "\(root)/sys/devices/system/cpu/cpu\(core)/cpufreq/scaling_cur_freq")
      try AtomicFile.write("ondemand\n", to: "\(root)/sys/devices/system/cpu/cpu\(core)/cpufreq/scaling_governor")
    }
    try Folder.make("\(root)/sys/devices/system/cpu/cpufreq")
    try Folder.make("\(root)/proc")
    try AtomicFile.write("0.30 0.20 0.10 1/300 4242\n", to: "\(root)/proc/loadavg")
    let state = MachineState(root: root)
    #expect(state.zones.map(\.name) == ["cpu-thermal", "gpu-thermal"])
    #expect(state.zones.map(\.celsius) == [61.25, 41])
    #expect(state.megahertz == [1500, 2400] && state.governor == "ondemand" && state.load == 0.3)
    #expect(state.summary == "61 C (cpu-thermal), 1500 to 2400 MHz (governor ondemand), load 0.3")
  }

  @Test("frequencies come from cpuinfo where there is no other, and nothing is made up")
  func bare() throws {
    let scratch = try ScratchFolder(), root = scratch.path
    #expect(MachineState(root: root).summary == "no temperature is told here, no frequency is told here")
    try Folder.make("\(root)/proc")
    try AtomicFile.write(
      "processor\t: 0\ncpu MHz\t\t: 2000.5\nprocessor\t: 1\ncpu MHz\t\t: 2000.5\n", to: "\(root)/proc/cpuinfo")
    let state = MachineState(root: root)
    #expect(state.megahertz == [2000.5, 2000.5] && state.zones.isEmpty)
    #expect(state.summary == "no temperature is told here, 2001 MHz" || state.summary.hasSuffix("2000 MHz"))
  }
}
