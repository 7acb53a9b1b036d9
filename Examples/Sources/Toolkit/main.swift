// One walk through the toolkit as a library: `swift run --package-path Examples Toolkit checkpoints/base`.
// docs/library.md shows this file piece by piece.
import CarbonCLIPKit

let pool = ThreadPool()
let checkpoint = CommandLine.arguments.dropFirst().first ?? "checkpoints/base"
let base = try LoadedModel(.init(pretrained: checkpoint))

// A picture and captions. Features have unit length, so their product is the cosine.
let drawing = try Drawing.write(to: "drawing.png")
let image = try base.embed(image: drawing, on: pool)
for caption in ["a red circle", "a blue square"] {
  let cosine = zip(image, try base.embed(text: caption, on: pool)).reduce(0) { $0 + $1.0 * $1.1 }
  print(caption, cosine)
}

// Data of our own: any type that gives samples by number. Eight drawings are one of each kind.
let training = Drawings(count: 512, seed: 1), validation = Drawings(count: 8, seed: 2)

// Cut: half of the feed-forward units of each tower, chosen by an importance score of our own.
var shape = ShapeRequest()
shape.vision.mlp = [base.model.configuration.vision.mlpWidth[0] / 2]
shape.text.mlp = [base.model.configuration.text.mlpWidth[0] / 2]
let pairs = try CalibrationSet(training, for: base, count: 128, on: pool)
let pruned = try Pruner(base, importance: FirstUnits(), on: pool).run(shape, calibration: pairs)
  .loaded(from: base, name: "half")

// Fine-tune it with the base model as its teacher and a loss of our own beside the toolkit's.
var settings = TrainingSettings(preset: .finetune)
settings.batchSize = 32
settings.samplesPerEpoch = 256
settings.learningRate = 5e-4
let teacher = try Teacher(base)
let trainer = try Trainer(
  Student(pruned), data: training, teachers: [teacher],
  losses: [LossTerm(FeatureLoss(), weight: 4), LossTerm(SmoothedContrast(smoothing: 0.1))], settings, on: pool)
_ = try trainer.run()
let tuned = pruned.with(trainer.model, parameters: trainer.parameters, name: "tuned")

// Measure it in floats and in 8 bits, by the usual recall and by a metric of our own.
let evaluator = Evaluator(tuned)
print("recall@1", try evaluator.retrieval(validation, on: pool).meanRecallAt1)
print("margin", try evaluator.measure(Margin(), on: validation, pool).value)
let int8 = try QuantizedModel(tuned.model, images: pairs.images, ids: pairs.ids, on: pool)
let rounded = Evaluator(int8, tuned.tokenizer, tuned.preprocessing, name: "tuned", pretrained: "int8")
print("recall@1 in int8", try rounded.retrieval(validation, on: pool).meanRecallAt1)

// Price it: the toolkit's cost model, and one of our own.
let camera = try Scenario.named("camera"), chip = try AcceleratorDesign.named("camera-base")
for assessor in [try Assessor(in: camera), try Assessor(costModel: FlatPrice(), in: camera)] {
  let cost = try assessor.assess(tuned.model.configuration, on: chip, named: "tuned")
  print(assessor.costModelName, cost.latency, cost.energy, cost.totalCarbon)
}

// Search: six models and chips, made large by the metric of our own.
var recipe = try SearchRecipe(
  "drawings", pretrained: checkpoint,
  space: [.init("vision-mlp", [96, 192, 384]), .init("text-mlp", [64, 128, 256])],
  hardware: .space(DesignSpace.named("camera")), named: "camera", assessor: Assessor(in: camera))
recipe.calibrationSamples = 64
recipe.training.samplesPerEpoch = 64
recipe.training.batchSize = 32
recipe.trials = 6
recipe.accuracyMetric = Margin()
recipe.importance = FirstUnits()
let front = try SearchRun.front(
  of: recipe, data: SearchData(training: training, validation: validation), in: "example-search", on: pool)
for member in front.members {
  print("trial", front.finished[member.index].trial.number, "margin", member.accuracy, member.values)
}

// Smaller doors: a tower's blocks, one layer, a product of tensors, a model that is cut twice, a scenario of our own.
let block = tuned.model.vision.transformer.blocks[0], width = block.feedForward.expansion.weight.shape[1]
let stream = Tensor(repeating: 0.5, [1, 4, width])
print("a block", try block(stream, on: pool).shape, "a layer", try block.feedForward.expansion(stream, on: pool).shape)
let row = Tensor(image, [1, image.count])
print("a picture's own cosine", try row.matrixProduct(row, transposed: true, on: pool).elements[0])
var less = ShapeRequest()
less.text.layers = 2
let twice = try Pruner(tuned, on: pool).run(less, calibration: pairs).loaded(from: tuned, name: "twice")
print("cut twice", twice.model.configuration.parameterCount)
var windy = camera
windy.grid = try GridTable().grid("NO")
print(
  "on Norway's grid", try Assessor(in: windy).assess(twice.model.configuration, on: chip, named: "twice").totalCarbon)
