# `make run` and `make test` do everything on a fresh Debian or Ubuntu machine that has Swift 6.1 or newer.

SWIFT ?= swift
BUILD = $(SWIFT) build -c release
CARBONCLIP = .build/release/carbonclip

.PHONY: run build test bench format lint clean packages

## Evaluates the shipped base model, cuts it to 15 % of its multiply-adds, distils it briefly and evaluates what came of it.
run: build
	$(CARBONCLIP) evaluate --pretrained checkpoints/base --data scenes:test --data scenes:classes
	$(CARBONCLIP) prune --pretrained checkpoints/base --target-macs 15% --calibration-data 'scenes:train?count=20000' --output logs/pruned
	$(CARBONCLIP) finetune recipes/pruned-base.yaml --name pruned-base --resume latest
	$(CARBONCLIP) evaluate --pretrained logs/pruned-base/checkpoints/epoch_1 --data scenes:test

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
