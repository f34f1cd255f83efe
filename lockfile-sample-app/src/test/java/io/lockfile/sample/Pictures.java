/*
 * Copyright 2026-present the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.lockfile.sample;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;

import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/**
 * Makes screenshots small enough for a repository.
 */
final class Pictures {

	private static final int MOST_COLORS = 256;

	private Pictures() {
	}

	/**
	 * Use but the most frequent colours, which a page without photographs doesn't suffer
	 * from.
	 * @param png a PNG file's contents
	 * @return another one's, which is smaller
	 * @throws IOException if that is no picture
	 */
	static byte[] shrink(byte[] png) throws IOException {
		BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
		int[] pixels = image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
		Map<Integer, Integer> counts = new HashMap<>();
		for (int pixel : pixels) {
			counts.merge(pixel, 1, Integer::sum);
		}
		int[] colors = counts.entrySet()
			.stream()
			.sorted(Map.Entry.<Integer, Integer>comparingByValue().reversed())
			.limit(MOST_COLORS)
			.mapToInt(Map.Entry::getKey)
			.toArray();
		Map<Integer, Integer> indexes = new HashMap<>();
		counts.keySet().forEach((color) -> indexes.put(color, nearest(color, colors)));
		BufferedImage result = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_BYTE_INDEXED,
				new IndexColorModel(8, colors.length, colors, 0, false, -1, DataBuffer.TYPE_BYTE));
		byte[] data = new byte[pixels.length];
		for (int i = 0; i < pixels.length; i++) {
			data[i] = indexes.get(pixels[i]).byteValue();
		}
		result.getRaster().setDataElements(0, 0, image.getWidth(), image.getHeight(), data);
		return write(result);
	}

	private static int nearest(int color, int[] colors) {
		return IntStream.range(0, colors.length)
			.boxed()
			.min(Comparator.comparingInt((index) -> distance(color, colors[index])))
			.orElseThrow();
	}

	private static int distance(int color, int other) {
		return IntStream.of(0, 8, 16)
			.map((shift) -> ((color >> shift) & 0xff) - ((other >> shift) & 0xff))
			.map((difference) -> difference * difference)
			.sum();
	}

	private static byte[] write(BufferedImage image) throws IOException {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
		try (ImageOutputStream output = ImageIO.createImageOutputStream(bytes)) {
			ImageWriteParam parameters = writer.getDefaultWriteParam();
			parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
			parameters.setCompressionQuality(0);
			writer.setOutput(output);
			writer.write(null, new IIOImage(image, null, null), parameters);
		}
		finally {
			writer.dispose();
		}
		return bytes.toByteArray();
	}

}
