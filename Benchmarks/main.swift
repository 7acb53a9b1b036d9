import Foundation

// See README.md for the questions and how to read the answers.

let usage = """
  usage: Benchmarks QUESTION [OPTION VALUE]...

  questions:
  \(Question.list)

  usage: Benchmarks pruning RECIPE FOLDER
                  a study of pruning variants (recipes/pruning); goes on where it stopped

  usage: Benchmarks bfloat16 FOLDER
                  accuracy in bfloat16 beside float32, seed by seed: what Benchmarks/bfloat16.sh FOLDER trained

  usage: Benchmarks candidates RECIPE FOLDER COUNT
                  trains COUNT candidates of a search's model space and records them; goes on where it stopped

  \(ArithmeticStudy.usage)

  \(ObjectivesStudy.usage)

  \(AccountsStudy.usage)

  usage: Benchmarks search-comparison [--table FILE] [--problems NAMES] [--trials N] [--seeds N] [--output FILE.md]
                  optimizers on recorded candidates and standard problems: volume by trial

  options (defaults in brackets):
    --models NAMES         of peers/configs, or .json files [micro,tinyclip-8m-16,vit-b-16]
    --batches NUMBERS      one a model; batch 1 is measured too [64,16,16]
    --caption-length N     tokens of a caption, start and end among them [all the context]
    --precision int8       inference: in 8-bit integers, the runtimes on our own ONNX files [fp32]
    --precision amp_bf16   inference: products in bfloat16, PyTorch's and OpenVINO's too
    --rounds N             each side takes its turn once a round [5]
    --seconds S            of a turn [2]
    --threads N            of each side, in inference and gemm [2]
    --compile yes          PyTorch takes part compiled, too, in training [no]
    --python PYTHON        that finds the peers' packages [python3]
    --image FILE           JPEG to prepare [one that the peer draws]
    --texts FILE           captions, one a line [20,000 of procedural scenes]
    --output FILE.md       where to write the result, besides printing it
  """

// A side that dies while it is written to gives an error, not the end of the benchmark.
signal(SIGPIPE, SIG_IGN)
do {
  try Question.run(Array(CommandLine.arguments.dropFirst()))
} catch {
  FileHandle.standardError.write(Data("error: \(error)\n".utf8))
  exit(1)
}
