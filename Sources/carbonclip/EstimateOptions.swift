import ArgumentParser
import CLIPAccelerators

/// The flags of `estimate` that are also keys of its recipe. A flag that is not given says nothing.
struct EstimateOptions: ParsableArguments {
  @Argument(
    help: "A recipe (YAML) with any of the settings below, without the dashes; flags override it.",
    completion: .file(extensions: ["yaml"]))
  var recipe: String?

  @Option(
    parsing: .unconditionalSingleValue,
    help: "Model name, configuration .json or checkpoint folder; may stand several times.")
  var model: [String] = []

  @Option(parsing: .unconditional, help: "Tokens that BERT-base, Llama-2-7B or Llama-3.1-8B reads (128).")
  var tokens: Int?

  @Flag(help: "One token more after --tokens, of Llama: its keys and values come from DRAM.")
  var decode = false

  @Option(
    parsing: .unconditionalSingleValue,
    help: "Accelerator: a name (carbonclip list designs), or a YAML file; may stand several times (edge-base).",
    completion: NameCompletion.designs)
  var design: [String] = []

  @Option(parsing: .unconditional, help: "physical or reference (physical).")
  var costModel: String?

  @Option(
    parsing: .unconditional,
    help: "What the physical cost model chooses mappings for: latency, energy or edp, their product (latency).",
    completion: .list(MappingObjective.allCases.map(\.rawValue)))
  var mapping: String?

  @Option(
    parsing: .unconditionalSingleValue,
    help: """
      Your own figures of memories and components, CSV with the columns of a table in data/technology; only what \
      differs; may stand several times.
      """)
  var figures: [String] = []

  @Option(
    parsing: .unconditional,
    help: """
      Where weights lie: dram, sram (the buffer holds all), or a memory such as flash or mram (carbonclip list memories); \
      several, with commas, in a sweep (dram).
      """,
    completion: NameCompletion.weightMemories)
  var weightsIn: String?

  @Option(parsing: .unconditional, help: "Ports of L2: 2, or 1 that reads or writes in half the area (2).")
  var l2Ports: String?

  @Option(parsing: .unconditional, help: "Ports of the buffer, likewise (2).")
  var bufferPorts: String?

  @Flag(help: "Price the model on every design of a space and show those that no other beats.")
  var sweep = false

  @Option(
    parsing: .unconditional, help: "What is swept: a name (carbonclip list spaces), or a YAML file (edge).",
    completion: NameCompletion.spaces)
  var space: String?

  @Option(
    parsing: .unconditional,
    help: """
      What the front is of, from: latency, energy, area, tops, power, carbon, operational, embodied (latency,carbon).
      """)
  var objectives: String?

  @Option(
    parsing: .unconditionalSingleValue,
    help: "What a design must not exceed, such as \"latency <= 50 ms\"; may stand several times.")
  var limit: [String] = []

  @Flag(help: "Draw what is known only roughly: 5 to 95 % bands, and which is greener how probably.")
  var uncertainty = false

  @Option(parsing: .unconditional, help: "How many draws (10000).")
  var draws: Int?

  @Option(parsing: .unconditional, help: "What the draws depend on (0).")
  var seed: Int?

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: "Folder for a sweep's sweep.csv, front.csv, sweep.json and sweep.svg.")
  var output: String?
}
