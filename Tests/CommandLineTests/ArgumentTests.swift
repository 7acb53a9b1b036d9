import Testing

@Suite("Arguments")
struct ArgumentTests {
  @Test(
    "a value that begins with a minus is seen, and answered with its range",
    arguments: [
      (
        ["train", "--model", "micro", "--train-data", "scenes:train", "--lr", "-1"],
        "lr must be a number from 0 to 1000"
      ),
      (["train", "--model", "micro", "--train-data", "scenes:train", "--wd", "-.5"], "wd must be a number from 0 to"),
      (["estimate", "--model", "micro", "--lifetime", "-1 years"], "lifetime must be 0.0001 to 100 years"),
      (["estimate", "--model", "micro", "--grid", "-5 g/kWh"], "grid must be 0 to 2000 g/kWh"),
      (
        ["evaluate", "--pretrained", "x", "--data", "y", "--limit", "-3"],
        "--limit must be from 1 to 1000000000000, found -3"
      ),
      (
        ["evaluate", "--limit", "-3", "--pretrained", "-x", "--data", "y"],
        "--limit must be from 1 to 1000000000000, found -3"
      ),
      (["search", "r.yaml", "--add-trials", "-5"], "--add-trials must be from 1 to 100000, found -5"),
      (
        ["prune", "--pretrained", "x", "--output", "y", "--calibration-samples", "-9"], "--calibration-samples must be"
      ),
      (["reproduce", "paper", "--threads", "-2"], "--threads must be from 1 to 1024, found -2"),
      (["evaluate", "--pretrained", "-inf", "--data", "y"], "-inf: no such file or folder"),
    ])
  func minus(arguments: [String], message: String) throws {
    let outcome = try Program.run(arguments)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    #expect(outcome.status == 1 || outcome.status == 64)
  }

  @Test(
    "an option where a value should stand is still an option",
    arguments: [["train", "--lr", "--batch-size", "3"], ["train", "--lr", "-h"], ["train", "--lr"]])
  func missing(arguments: [String]) throws {
    let outcome = try Program.run(arguments)
    #expect(outcome.status == 64 && outcome.errors.contains("Missing value for '--lr <lr>'") || outcome.status == 0)
  }

  @Test(
    "a misspelt command is answered with the nearest",
    arguments: [
      (["evaluat"], "unknown command \"evaluat\"; did you mean \"evaluate\"?"),
      (["fine-tune", "--json"], "unknown command \"fine-tune\"; did you mean \"finetune\"?"),
      (["data", "inspct"], "unknown command \"inspct\"; did you mean \"inspect\"?"),
      (["reproduce", "papers"], "unknown command \"papers\"; did you mean \"paper\"?"),
      (["data", "xyz"], "unknown command \"xyz\"; one of: scenes, train-tokenizer, inspect"),
    ])
  func commands(arguments: [String], message: String) throws {
    let outcome = try Program.run(arguments)
    #expect(outcome.status == 64 && outcome.errors.contains(message), "\(outcome.errors)")
  }

  @Test("models takes a filter, and says of open_clip's others what they are")
  func models() throws {
    let some = try Program.run(["models", "vit-b-32"])
    #expect(some.status == 0 && some.output.contains("ViT-B-32-plus-256") && !some.output.contains("ViT-L-14"))
    #expect(some.output.contains("ViT-B-32-SigLIP2-256") && some.output.contains("is a CoCa model"))
    let none = try Program.run(["models", "VIT-Q"])
    #expect(none.status == 1, "\(none.output)")
  }
}
