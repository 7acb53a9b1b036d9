import CLIPFiles
import Foundation
import Testing

/// What a release is called and what is packed with it.
@Suite("Release")
struct ReleaseTests {
  private static let root = DocumentedCommands.root
  private static let version: String? = try? Program.run(["--version"]).output.trimmed

  @Test("the version stands in one place, and scripts and changelog say the same")
  func version() throws {
    let version = try #require(Self.version)
    #expect(version.split(separator: ".").count == 3 && version.allSatisfy { $0.isNumber || $0 == "." })
    let script = try Program.shell("\"\(Self.root)/scripts/version\"")
    #expect(script.output.trimmed == version)
    #expect(try TextFile.text(of: "\(Self.root)/python/pyproject.toml").contains("\nversion = \"\(version)\"\n"))
    let headings = try TextFile.text(of: "\(Self.root)/CHANGELOG.md").split(separator: "\n").filter {
      $0.hasPrefix("## ")
    }
    #expect(headings.first?.hasPrefix("## \(version)") == true, "\(headings)")
    let ordered = headings.compactMap { $0.split(separator: " ").dropFirst().first }
    #expect(
      ordered.map { $0.split(separator: ".").compactMap { Int($0) } }
        == ordered.map { $0.split(separator: ".").compactMap { Int($0) } }.sorted {
          $1.lexicographicallyPrecedes($0)
        })
  }

  @Test("there is a manual page for the program and for every command, with every option")
  func manual() throws {
    let folder = try TemporaryFolder()
    #expect(try Program.run(["manual", folder.path]).status == 0)
    let tree = try CommandTree()
    let names = Set(try Folder.names(in: folder.path))
    #expect(names.contains("carbonclip.1"))
    for command in tree.leaves where command.path != ["manual"] {
      let name = "carbonclip-\(command.path.joined(separator: "-")).1"
      #expect(names.contains(name))
      let page = try TextFile.text(of: "\(folder.path)/\(name)")
      for option in command.options where option.count > 1 && option != "help" && option != "version" {
        #expect(page.contains("\\-\\-\(option.replacing("-", with: "\\-"))"), "\(name): \(option)")
      }
      #expect(page.hasPrefix(".TH \"CARBONCLIP"))
    }
    #expect(!names.contains("carbonclip-manual.1"))
  }

  @Test("completions are scripts that their shell reads", arguments: ["bash", "zsh", "fish"])
  func completions(shell: String) throws {
    let outcome = try Program.shell("\"$0\" --generate-completion-script \(shell) >\"$1/c\" && wc -c <\"$1/c\"")
    #expect(outcome.status == 0 && (Int(outcome.output.trimmed) ?? 0) > 10_000)
    guard shell == "bash" else { return }
    let words = try Program.shell(
      """
      "$0" --generate-completion-script bash >"$1/c" && . "$1/c"
      COMP_WORDS=(carbonclip list de) COMP_CWORD=2 COMP_LINE='carbonclip list de' COMP_POINT=18
      _carbonclip; printf '%s\\n' "${COMPREPLY[@]}"
      """)
    #expect(words.output.split(separator: "\n").contains("designs"), "\(words.output) \(words.errors)")
  }

  @Test("the dependencies are pinned")
  func pinned() throws {
    let pins = try JSONParser.parse(file: "\(Self.root)/Package.resolved", limit: 1 << 20)["pins"]?.arrayValue ?? []
    let manifest = try TextFile.text(of: "\(Self.root)/Package.swift")
    #expect(pins.count == manifest.split(separator: "\n").count { $0.contains(".package(url: ") })
    for pin in pins {
      let location = try #require(pin["location"]?.stringValue)
      #expect(manifest.contains("\"\(location)\""), "\(location)")
      #expect(pin["state"]?["version"]?.stringValue?.isEmpty == false)
    }
  }

  @Test("an option's wrong word is answered as everywhere, without the option's help")
  func words() throws {
    let task = try Program.run(["evaluate", "--pretrained", "x", "--data", "y", "--task", "retreival"])
    #expect(task.status == 64)
    #expect(
      task.errors.hasPrefix(
        "Error: --task must be auto, retrieval or classification, found \"retreival\"; did you mean \"retrieval\"?\nUsage"
      ),
      "\(task.errors)")
    let onnx = try Program.run(["export", "x", "--format", "onnx", "--precision", "int4", "--output", "y"])
    #expect(onnx.errors.hasPrefix("Error: --precision must be fp32 or int8 for ONNX, found \"int4\""), "\(onnx.errors)")
    let json = try Program.run(["search", "x", "--optimizer", "greybox", "--json"])
    #expect(json.output.contains("did you mean \\\"grey-box\\\"?"), "\(json.output)")
    let short = try Program.run(["convert", "--pretrained", "x", "-o", "y", "--format", "hg"])
    #expect(short.errors.contains("--format must be open_clip or hf, found \"hg\"; did you mean \"hf\"?"))
  }

  @Test("another optimizer over a run's record: what was the first one's is left out and told")
  func optimizers() throws {
    let folder = try TemporaryFolder()
    let first = try Program.run(
      [
        "train", "--model", "micro-s", "--tokenizer", "data/vocabularies/scenes", "--train-data",
        "scenes:train?count=4",
        "--batch-size", "2", "--epochs", "1", "--name", "a", "--save-frequency", "0",
      ], in: folder.path)
    #expect(first.status == 0, "\(first.errors)")
    #expect(try TextFile.text(of: "\(folder.path)/logs/a/params.yaml").contains("eps: "))
    let second = try Program.run(
      ["train", "logs/a/params.yaml", "--opt", "lion", "--name", "b"], in: folder.path)
    #expect(second.status == 0, "\(second.errors)")
    #expect(second.errors.contains("note: --opt lion: the recipe's beta1, beta2, eps, wd-exclude are its optimizer's"))
    #expect(try TextFile.text(of: "\(folder.path)/logs/b/params.yaml").contains("beta2: 0.99\n"))
    let wrong = try Program.run(["train", "logs/a/params.yaml", "--opt", "nonsense"], in: folder.path)
    #expect(
      wrong.status == 64 && wrong.errors.contains("opt must be adamw, lion, found \"nonsense\""), "\(wrong.errors)")
    #expect(wrong.errorLines.count == 1)
  }
}
