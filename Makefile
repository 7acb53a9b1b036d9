# `make run` and `make test` do everything on a fresh Debian or Ubuntu machine that has Swift 6.1 or newer.

SWIFT ?= swift
BUILD = $(SWIFT) build -c release
CARBONCLIP = .build/release/carbonclip

.PHONY: run build test bench format lint clean packages

## Evaluates the shipped base model on the procedural test scenes, then fine-tunes it briefly and evaluates the result.
run: build
	$(CARBONCLIP) evaluate --pretrained checkpoints/base --data scenes:test --data scenes:classes
	$(CARBONCLIP) finetune recipes/quick-finetune.yaml --name quick-finetune --resume latest
	$(CARBONCLIP) evaluate --pretrained logs/quick-finetune/checkpoints/epoch_1 --data scenes:test

build: packages
	$(BUILD) --product carbonclip

test: packages
	$(BUILD) --build-tests
	$(SWIFT) test -c release --skip-build

## Ours beside PyTorch, ONNX Runtime and OpenVINO, where PYTHON has them.
PYTHON ?= python3
bench: packages
	$(BUILD) --product Benchmarks
	.build/release/Benchmarks all --python $(PYTHON)

packages:
	@scripts/install-packages

format:
	$(SWIFT) format --in-place --recursive Sources Tests Benchmarks Package.swift

lint:
	$(SWIFT) format lint --strict --recursive Sources Tests Benchmarks Package.swift

clean:
	rm -rf .build
