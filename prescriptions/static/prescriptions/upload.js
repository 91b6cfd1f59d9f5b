// Chosen files, shown and measured before they are sent: the same numbers as rules/quality.py, on the visitor's device.
// It advises and never stands in the way: the files go as they were chosen, and every form works without this file.

const MEASURED = 1000; // pixels of the longest side
const SHOWN = 240;

const drawn = (picture, longest) => {
  const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const pen = canvas.getContext("2d", { willReadFrequently: longest === MEASURED });
  pen.fillStyle = "white"; // what is see-through is paper
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
};

const greyOf = (canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const grey = new Float32Array(data.length / 4);
  for (let at = 0; at < grey.length; at += 1) {
    grey[at] = 0.299 * data[4 * at] + 0.587 * data[4 * at + 1] + 0.114 * data[4 * at + 2];
  }
  return grey;
};

const percentiles = (grey, shares) => {
  const counts = new Uint32Array(256);
  for (const value of grey) counts[Math.min(255, Math.round(value))] += 1;
  return shares.map((share) => {
    let left = share * grey.length;
    return counts.findIndex((count) => (left -= count) <= 0);
  });
};

const sharpness = (grey, width, height) => {
  let sum = 0, squares = 0, count = 0;
  for (let y = 1; y < height - 1; y += 1) {
    for (let at = y * width + 1; at < (y + 1) * width - 1; at += 1) {
      const bent = 4 * grey[at] - grey[at - 1] - grey[at + 1] - grey[at - width] - grey[at + width];
      sum += bent; squares += bent * bent; count += 1;
    }
  }
  return count ? squares / count - (sum / count) ** 2 : 0;
};

const inkAtTheEdge = (grey, width, height) => {
  const deep = Math.max(1, Math.floor(Math.max(width, height) / 80));
  let ink = 0, count = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const sides = (y < deep) + (y >= height - deep) + (x < deep) + (x >= width - deep);
      count += sides;
      if (grey[y * width + x] < 100) ink += sides;
    }
  }
  return count ? ink / count : 0;
};

const adviceFor = (canvas, longest, limits) => {
  const { width, height } = canvas;
  const grey = greyOf(canvas);
  const mean = grey.reduce((sum, value) => sum + value, 0) / grey.length;
  const [low, middle, high] = percentiles(grey, [0.01, 0.5, 0.99]);
  if (high - low < 4) return [mean < limits.dark ? "dark" : "blank"];
  const found = [];
  if (mean < limits.dark) found.push("dark");
  else if (high - low < limits.faint) found.push("faint");
  if (sharpness(grey, width, height) < limits.blurred) found.push("blurred");
  if (longest < limits.small) found.push("small");
  const ink = inkAtTheEdge(grey, width, height);
  if (middle > 160 && ink > limits.edge && ink < limits.all) found.push("cropped");
  return found;
};

const look = async (file, row, limits) => {
  if (file.size > limits.bytes) return ["heavy"];
  if (!file.type.startsWith("image/")) return ["unseen"];
  let picture;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return ["unseen"]; // a kind that this browser can't draw, such as HEIC
  }
  try {
    row.querySelector(".picture__frame").replaceChildren(drawn(picture, SHOWN));
    const found = adviceFor(drawn(picture, MEASURED), Math.max(picture.width, picture.height), limits);
    return found.length ? found : ["good"];
  } catch {
    return ["unseen"];
  } finally {
    picture.close();
  }
};

const enhance = (place) => {
  const form = place.closest("form");
  const list = place.querySelector("ul");
  const limits = Object.fromEntries(Object.entries(place.dataset).map(([name, text]) => [name, Number(text)]));
  const hint = (code) => place.querySelector(`template[data-hint="${code}"]`).content.cloneNode(true);
  let turn = 0;
  const show = async () => {
    const mine = (turn += 1);
    const files = [...form.querySelectorAll("input[type=file]")].flatMap((field) => [...field.files]);
    place.hidden = !files.length;
    const rows = files.map((file) => {
      const row = place.querySelector("template[data-picture]").content.cloneNode(true).firstElementChild;
      row.querySelector("[data-name]").textContent = file.name;
      return row;
    });
    list.replaceChildren(...rows);
    for (const [at, file] of files.entries()) { // one after the other: a phone has little memory
      const codes = await look(file, rows[at], limits);
      if (mine !== turn) return; // other files were chosen meanwhile
      rows[at].querySelector("[data-said]").replaceChildren(...codes.map(hint));
    }
  };
  form.addEventListener("change", (event) => { if (event.target.type === "file") show(); });
  form.addEventListener("reset", () => setTimeout(show));
  show(); // a browser that came back may still hold what was chosen
};

for (const place of document.querySelectorAll("[data-pictures]")) enhance(place);
