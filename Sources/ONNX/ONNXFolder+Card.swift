import CLIPFiles

extension ONNXFolder {
  /// A model card, the folder's `README.md`.
  public func card(name: String) -> String {
    var card = ModelCardText(title: name)
    card.library = "onnx"
    card.tags = ["onnx"]
    card.parts = [
      "A CLIP model as \(layout == .encoders ? "two" : "three") ONNX graphs, operator set \(GraphFile.operatorSet), \(summary).",
      Table(facts: rows).markdown(), usage,
    ]
    return card.text
  }

  /// How the graphs are run, as a section of a model card.
  public var usage: String {
    layout == .encoders ? ownUsage : "\(ownUsage)\n\n\(optimumUsage)"
  }

  private var optimumUsage: String {
    let file = Folder.name(of: file(named: "model"))
    return """
      With optimum-onnx (`pip install optimum-onnx`), pictures and labels as they are:

      ```python
      import transformers, optimum.onnxruntime as optimum

      model = optimum.ORTModelForZeroShotImageClassification.from_pretrained(".", subfolder="onnx", file_name="\(file)")
      classify = transformers.pipeline(
          "zero-shot-image-classification", model=model, tokenizer=transformers.AutoTokenizer.from_pretrained("."),
          image_processor=transformers.CLIPImageProcessor.from_pretrained("."))
      scores = classify("photo.jpg", candidate_labels=["a cat", "a dog"])
      ```

      transformers.js takes the folder as it is: `CLIPVisionModelWithProjection` and `CLIPTextModelWithProjection` read \
      `onnx/vision_model` and `onnx/text_model`, the pipeline `zero-shot-image-classification` `onnx/model`\(dataType).
      """
  }

  private var dataType: String {
    quantized == nil ? ", all with `dtype: \"fp32\"`" : ", all with `dtype: \"q8\"`, its standard in browsers"
  }

  private var ownUsage: String {
    """
    ## Use

    With onnxruntime, numpy, Pillow and tokenizers, in this folder:

    ```python
    import json, math, numpy, onnxruntime
    from PIL import Image, ImageOps
    from tokenizers import Tokenizer

    config = json.load(open("onnx_config.json"))
    image, text, how = config["image_encoder"], config["text_encoder"], config["preprocess_cfg"]
    picture = \(preparation)
    pixels = (numpy.float32(picture) / 255 - numpy.float32(how["mean"])) / numpy.float32(how["std"])
    tokenizer = Tokenizer.from_file("tokenizer.json")
    tokenizer.enable_truncation(text["context_length"])
    tokenizer.enable_padding(length=text["context_length"], pad_id=text["pad_id"])
    ids = numpy.int64([code.ids for code in tokenizer.encode_batch(["a cat", "a dog"])])
    run = lambda part, x: onnxruntime.InferenceSession(part["file"]).run(None, {part["input"]: x})[0]
    image_embeds, text_embeds = run(image, pixels.transpose(2, 0, 1)[None]), run(text, ids)
    logits = math.exp(config["logit_scale"]) * image_embeds @ text_embeds.T + config.get("logit_bias", 0)
    ```

    Both take batches of any size. Features have length 1. `logit_scale` is a logarithm.
    """
  }

  private var textLength: String {
    let length = "\(model.configuration.text.contextLength)"
    return layout == .transformers && text.readsShorterTexts ? "up to \(length)" : length
  }

  private var summary: String {
    quantized != nil
      ? "weights in 8 bits, with the scales of activations that calibration found" : "weights in 32-bit floats"
  }

  private var rows: [(name: String, text: String)] {
    let shape = model.configuration
    return [
      (
        "images",
        "`pixel_values` `[batch, 3, \(shape.vision.imageSize), \(shape.vision.imageSize)]`, float32, normalized"
      ),
      ("texts", "`input_ids` `[batch, \(textLength)]`, int64"),
      ("features", "`image_embeds`, `text_embeds` `[batch, \(shape.embedDimension)]`"),
      ("parameters", "\(shape.parameterCount)"),
    ]
  }

  /// The line that brings a picture to the model's size.
  private var preparation: String {
    let filter = "Image.Resampling.\(preprocess.interpolation.rawValue.uppercased())"
    let size = preprocess.size, fill = preprocess.fillColor
    let picture = "Image.open(\"photo.jpg\").convert(\"RGB\")"
    return switch preprocess.resizeMode {
    case .shortest: "ImageOps.fit(\(picture), (\(size), \(size)), \(filter))"
    case .longest:
      "ImageOps.pad(\(picture), (\(size), \(size)), \(filter), (\(fill), \(fill), \(fill)))"
    case .squash: "\(picture).resize((\(size), \(size)), \(filter))"
    }
  }
}
