import CLIP
import Compute
import ModelShapes
import Tensors

let pool = ThreadPool(threads: CommandLine.arguments.count > 3 ? Int(CommandLine.arguments[3]) : nil)
print(MatrixKernels.name, pool.threads)
let name = CommandLine.arguments[1], batch = Int(CommandLine.arguments[2])!
let config = try NamedModels.model(name).configuration
let model = try CLIPModel(config, from: InitialParameters(config, seed: 1, pool: pool))
let s = config.vision.imageSize
var image = InitialParameters(config, seed: 2, pool: pool).parameter("token_embedding.weight", [batch, 3, s, s])
let clock = ContinuousClock()
var ids = [Int32](repeating: 0, count: batch * config.text.contextLength)
for b in 0..<batch { for t in 0..<config.text.contextLength { ids[b*config.text.contextLength+t] = Int32((t * 37 + b) % 1000) }; ids[b*config.text.contextLength + config.text.contextLength-1] = Int32(config.text.vocabularySize - 1) }
func time(_ what: String, _ body: () throws -> Void) rethrows {
  try body(); try body()
  var times: [Double] = []
  var total = 0.0
  while total < 2 { let d = try clock.measure { try body() }; let t = Double(d.components.attoseconds) * 1e-18 + Double(d.components.seconds); times.append(t); total += t }
  times.sort()
  let m = times[times.count/2]
  print(what, "median ms", m * 1e3, "per s", Double(batch)/m, "min", times[0]*1e3)
}
try time("image") { _ = try model.imageFeatures(image, on: pool) }
try time("text") { _ = try model.textFeatures(ids, on: pool) }
