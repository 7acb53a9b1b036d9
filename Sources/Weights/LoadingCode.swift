public import CLIPModelShapes

/// What a model card says of loading a checkpoint: the library that does, and code that runs as it stands in the folder.
public struct LoadingCode: Sendable {
  /// The card's `library_name`: `open_clip` or `transformers` only where the library as released loads the checkpoint.
  public let library: String
  private let lines: String
  private let packages: String
  /// Where it loads and where not, in a sentence.
  private let summary: String

  /// - Parameter isHuggingFace: whether the folder is in Hugging Face's layout, else in open_clip's
  public init(_ configuration: CLIPConfiguration, isHuggingFace: Bool = false) {
    let text = configuration.text
    let tokenizer = """
      tokenizer = Tokenizer.from_file("tokenizer.json")
      tokenizer.enable_truncation(\(text.contextLength))
      tokenizer.enable_padding(length=\(text.contextLength), pad_id=\(text.padID))
      ids = torch.tensor([code.ids for code in tokenizer.encode_batch(["a red circle", "a blue square"])])
      """
    let bias = configuration.initialLogitBias == nil ? "" : " + model.logit_bias"
    if isHuggingFace {
      library = "transformers"
      packages = "torch, transformers and Pillow"
      summary = "It loads in transformers and carbonclip."
      lines = """
        import torch, transformers
        from PIL import Image
        from tokenizers import Tokenizer

        model = transformers.AutoModel.from_pretrained(".").eval()
        processor = transformers.\(configuration.isSigLIP ? "Siglip" : "CLIP")ImageProcessor.from_pretrained(".")
        pixels = processor(Image.open("photo.jpg"), return_tensors="pt")["pixel_values"]
        \(tokenizer)
        with torch.inference_mode():
            logits = model(input_ids=ids, pixel_values=pixels).logits_per_image
        """
      return
    }
    summary = "It loads in: \(configuration.loadingSummary)."
    if configuration.isStock {
      library = "open_clip"
      packages = "open_clip_torch, tokenizers and Pillow"
      lines = """
        import open_clip, torch
        from PIL import Image
        from tokenizers import Tokenizer

        model, _, transform = open_clip.create_model_and_transforms("local-dir:.")
        pixels = transform(Image.open("photo.jpg"))[None]
        \(tokenizer)
        with torch.inference_mode():
            image = model.eval().encode_image(pixels, normalize=True)
            text = model.encode_text(ids, normalize=True)
            logits = model.logit_scale.exp() * image @ text.T\(bias)
        """
    } else {
      library = "carbonclip"
      packages = "torch, tokenizers and Pillow"
      lines = """
        import carbonclip_model, torch
        from PIL import Image

        model = carbonclip_model.load(".").eval()
        pixels = model.preprocess(Image.open("photo.jpg"))[None]
        ids = model.tokenize(["a red circle", "a blue square"])
        with torch.inference_mode():
            logits = model(pixels, ids)
        """
    }
  }

  /// A section of a model card.
  public var section: String {
    let also =
      library == "carbonclip"
      ? "\n\nIts parameters train as any module's; `carbonclip_model.save(model, folder)` writes what carbonclip reads. With "
        + "transformers, `AutoModel.from_pretrained(\".\", trust_remote_code=True)` gives the same model." : ""
    return """
      ## Use in Python

      \(summary) With \(packages), in this folder:

      ```python
      \(lines)
      ```\(also)
      """
  }
}
