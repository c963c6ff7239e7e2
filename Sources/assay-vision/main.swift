print("assay-vision")
