"""The engine's results as Vega-Lite pictures: one specification for the browser, PDF and PNG.

`theme` holds the look; one module per room of the engine holds its pictures. Every function takes
results and returns a specification as a plain dict, titles and labels in the language asked.
"""
